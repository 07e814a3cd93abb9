//! A bought label: its file, its parcel, its refund.

use carriers::{CarrierError, Feature, LabelRef, LabelSource, RefundStatus, VoidOutcome};
use conformance::{ApiCall, SimulatedAccount, TestParcel};
use domain::retry::Retry;
use domain::track::TrackStatus;
use domain::{LabelHandle, TrackingNumber};
use sim::Fault;

conformance::on_every_connector!(
    the_file_is_a_pdf_however_it_is_asked_for,
    a_label_is_voided_once_and_refunded,
    a_lost_void_can_be_asked_for_again,
    a_label_whose_parcel_moves_is_not_refunded,
    parcels_are_followed,
    a_label_of_somebody_else_is_no_label,
);

async fn the_file_is_a_pdf_however_it_is_asked_for(account: &impl SimulatedAccount) {
    let connector = account.connector();
    let label = TestParcel::new().label(&*connector).await;
    let link = match &label.file {
        LabelSource::Inline(document) => return assert!(document.bytes.starts_with(b"%PDF")),
        LabelSource::Link(link) => Some(link),
        LabelSource::Refetch => None,
    };
    assert!(connector.capabilities().offers(Feature::LabelFile), "the file can't be had");
    let label = LabelRef::from(&label);
    for link in [link, None] {
        let file = connector.label_file(&label, link).await.unwrap();
        assert!(file.bytes.starts_with(b"%PDF") && file.content_type == "application/pdf");
    }
    account.expire_label_links();
    assert!(
        connector.label_file(&label, link).await.unwrap().bytes.starts_with(b"%PDF"),
        "a link that expired"
    );
}

async fn a_label_is_voided_once_and_refunded(account: &impl SimulatedAccount) {
    let connector = account.connector();
    if !connector.capabilities().offers(Feature::Void) {
        return;
    }
    let label = TestParcel::new().label(&*connector).await;
    let label = LabelRef::from(&label);
    assert_eq!(connector.refund(&label).await.unwrap(), RefundStatus::NotAsked);
    assert_eq!(connector.void(&label).await.unwrap(), VoidOutcome::Submitted);
    assert_eq!(connector.void(&label).await.unwrap(), VoidOutcome::AlreadyRequested, "asked again");
    assert_eq!(connector.refund(&label).await.unwrap(), RefundStatus::Submitted);
    account.settle_refunds();
    assert_eq!(connector.refund(&label).await.unwrap(), RefundStatus::Refunded);
    assert_eq!(connector.void(&label).await.unwrap(), VoidOutcome::Refunded);
}

async fn a_lost_void_can_be_asked_for_again(account: &impl SimulatedAccount) {
    let connector = account.connector();
    for fault in
        [Fault::Status(500), Fault::LostRequest, Fault::LostAnswer, Fault::BrokenBody, Fault::HangAfterEffect]
    {
        let label = TestParcel::new().label(&*connector).await;
        let label = LabelRef::from(&label);
        account.faults().on_next(account.request(ApiCall::Void), fault);
        let first = connector.void(&label).await;
        assert!(account.faults().all_fired(), "{fault:?} met no call");
        if let Err(error) = &first {
            assert_ne!(error.retry(), Retry::Never, "{fault:?}: {error:?}");
        }
        let again = connector.void(&label).await.unwrap();
        assert!(
            matches!(again, VoidOutcome::Submitted | VoidOutcome::AlreadyRequested),
            "{fault:?}: {again:?}"
        );
    }
}

async fn a_label_whose_parcel_moves_is_not_refunded(account: &impl SimulatedAccount) {
    let connector = account.connector();
    let label = TestParcel::new().label(&*connector).await;
    account.scan(label.tracking.as_str());
    match connector.void(&LabelRef::from(&label)).await {
        Ok(VoidOutcome::Rejected) | Err(CarrierError::Rejected { .. }) => {}
        other => panic!("{other:?}"),
    }
}

async fn parcels_are_followed(account: &impl SimulatedAccount) {
    let connector = account.connector();
    assert_eq!(connector.track(&[]).await.unwrap(), [], "none");
    let mut labels = Vec::new();
    for _ in 0..3 {
        labels.push(TestParcel::new().label(&*connector).await);
    }
    account.scan(labels[1].tracking.as_str());
    account.deliver(labels[2].tracking.as_str());
    let parcels: Vec<LabelRef<'_>> = labels.iter().map(LabelRef::from).collect();
    let tracks = connector.track(&parcels).await.unwrap();
    let tracks: Vec<_> = tracks.into_iter().map(|track| track.unwrap()).collect();
    assert!(!tracks[0].is_scanned(), "{:?}", tracks[0]);
    assert_eq!((&tracks[1].status, tracks[1].is_scanned()), (&TrackStatus::InTransit, true));
    assert_eq!((&tracks[2].status, tracks[2].is_scanned()), (&TrackStatus::Delivered, true));
    let alone = connector.track(&parcels[1..2]).await.unwrap();
    assert_eq!(
        (alone.len(), alone[0].as_ref().map(|track| &track.status)),
        (1, Some(&TrackStatus::InTransit))
    );
}

async fn a_label_of_somebody_else_is_no_label(account: &impl SimulatedAccount) {
    let connector = account.connector();
    let handle = LabelHandle::new(account.unknown_ticket().as_str());
    let tracking = TrackingNumber::new("9400100000000000000000");
    let label = LabelRef { handle: &handle, tracking: &tracking };
    assert!(connector.void(&label).await.is_err());
    assert!(connector.refund(&label).await.is_err());
    assert!(connector.label_file(&label, None).await.is_err());
    match connector.track(&[label]).await {
        Ok(tracks) => assert_eq!(tracks, [None]),
        Err(error) => assert_eq!(error.retry(), Retry::Never, "{error:?}"),
    }
}
