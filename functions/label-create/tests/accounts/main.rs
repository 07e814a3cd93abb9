//! Every answer that an account may give to a purchase and to its read-back, also those that no simulated aggregator gives:
//! labels inside the answer, records that prove nothing, accounts that are not configured. The account is scripted; the
//! backend is real.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod world;

use async_trait::async_trait;
use backend::{Backend, BackendError, LabelStore};
use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use carriers::{
    BoughtLabel, BuyError, CarrierCall, CarrierCode, CarrierError, Certainty, Found, LabelSource, Rejection,
    UnknownOutcome,
};
use domain::exception::ExceptionKind as K;
use domain::measure::Weight;
use domain::message::{ChangeSource, Message, Queue};
use domain::purchase::{Purchase, PurchaseState};
use domain::stage::{LabelFileState, PurchaseIntent, Stage};
use domain::{AccountId, LabelDocument, LabelHandle, Money, PurchaseKey, TrackingNumber};
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use system::{Clock as _, ManualClock};
use workflow::StepError;

use world::{SETTLE, World, account, bought, chosen, document, finds, finds_nothing, rejects, sells};

#[tokio::test]
async fn the_whole_parcel_is_described_to_the_account_and_a_label_in_its_answer_is_kept() {
    let world = World::new(sells(LabelSource::Inline(document())), finds_nothing()).await;
    world.buy().await.unwrap();

    let asked = world.asked();
    let weight = Weight::ounces(12);
    assert_eq!(asked, [format!("1 Depot Road to 12 Juniper Lane, {weight:?}, ticket-1")]);
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!((record.shipments[0].stage.name(), &label.account), ("labelled", &account()));
    let LabelFileState::Kept { name } = &label.file else { panic!("{:?}", label.file) };
    assert_eq!(world.backend.labels.get_label(name).await.unwrap(), Some(document()));
    assert!(
        record.shipments[0].ledger[0].pretty().ends_with(" sold"),
        "{}",
        record.shipments[0].ledger[0].pretty()
    );
}

#[tokio::test]
async fn a_label_that_is_read_back_is_kept_too() {
    let label = Box::new(bought(LabelSource::Inline(document())));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label))).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert!(matches!(label.file, LabelFileState::Kept { .. }), "{:?}", label.file);
    assert!(world.asked().is_empty(), "nothing is bought again");
}

#[tokio::test]
async fn a_record_that_proves_nothing_opens_an_exception_and_nothing_is_bought() {
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Nothing(Certainty::Weak))).await;
    world.lost_at(account()).await;
    for _ in 0..3 {
        world.step.handle(&world.target).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
    }
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert!(matches!(purchase.state, PurchaseState::Unknown { .. }), "{:?}", purchase.state);
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    for part in ["stand_in:default", "reference 4F1C0A2E93D5", "no clear answer (no answer came)"] {
        assert!(detail.contains(part), "{part} is not in {detail}");
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_proven_absence_leads_to_another_attempt() {
    let world = World::new(sells(LabelSource::Inline(document())), finds_nothing()).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert_eq!(purchase.state, PurchaseState::Intended);
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
}

#[tokio::test]
async fn a_paid_label_that_is_not_available_opens_an_exception_at_once() {
    let (handle, tracking) = (LabelHandle::new("handle-1"), TrackingNumber::new("1Z999"));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Bare { handle, tracking })).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    assert!(detail.starts_with("The label with tracking number 1Z999 is paid for"), "{detail}");
    assert!(world.record().await.shipments[0].ledger[0].is_live());
}

#[tokio::test]
async fn a_purchase_from_an_account_that_is_not_configured_waits_and_opens_an_exception() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    world.lost_at(AccountId::default_of("sold_out")).await;
    world.step.handle(&world.target).await.unwrap();
    let detail = "the carrier account sold_out:default is not configured".to_owned();
    assert!(world.open().await.contains(&(K::ServiceUnavailable, detail)), "{:?}", world.open().await);
    assert!(matches!(world.record().await.shipments[0].ledger[0].state, PurchaseState::Unknown { .. }));
}

#[tokio::test]
async fn a_refused_label_is_ruled_out_and_the_shipment_rated_again() {
    let carrier = Rejection::Carrier { code: CarrierCode::new("NO.PICKUP") };
    // The rejection, the kind of the refused label (none for a quote that is gone), and whether it counts against the carrier.
    for (rejection, kind, counts) in [
        (carrier, Some(K::PurchaseRefused), true),
        (Rejection::Address, Some(K::AddressUndeliverable), false),
        (Rejection::AddressField, Some(K::AddressUnprintable), false),
        (Rejection::Request, Some(K::PurchaseRefused), false),
        (Rejection::QuoteGone, None, false),
    ] {
        let world = World::new(rejects(rejection.clone()), finds_nothing()).await;
        world.buy().await.unwrap();
        let record = world.record().await;
        assert_eq!(record.shipments[0].stage, Stage::Ready, "{rejection:?}");
        let PurchaseState::Rejected { reason, .. } = world.purchase().await.state else {
            panic!("{rejection:?}: {:?}", world.purchase().await.state)
        };
        assert!(reason.starts_with("The carrier refused"), "{reason}");
        assert!(
            reason.contains(" The carrier says: No pickup at") && !reason.contains("Juniper"),
            "{reason}"
        );
        assert_eq!(record.refused.iter().map(|label| label.kind).collect::<Vec<_>>(), Vec::from_iter(kind));
        assert_eq!(world.take(Queue::RateRequests).await, [Message::RateRequest(world.target.clone())]);
        let shop = world.backend.shops.load_shop(&world.target.key.shop).await.unwrap().unwrap().value;
        assert_eq!(!shop.monitor.refusals.is_empty(), counts, "{rejection:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_account_defers_the_shipment_which_is_bought_later_under_the_same_key() {
    for rejection in [Rejection::Account, Rejection::Funds] {
        let is_refused = Arc::new(AtomicBool::new(true));
        let refused = Arc::clone(&is_refused);
        let rejects = rejects(rejection.clone());
        let buy = Box::new(move || match refused.load(Ordering::SeqCst) {
            true => rejects(),
            false => Ok(bought(LabelSource::Inline(document()))),
        });
        let world = World::new(buy, finds_nothing()).await;
        world.buy().await.unwrap();
        let before = world.purchase().await;
        assert_eq!((before.state.clone(), before.attempts), (PurchaseState::Intended, 1), "{rejection:?}");
        assert_eq!(world.stage().await, "buying", "{rejection:?}");
        let open = world.open().await;
        let told = open.iter().find(|(kind, _)| *kind == K::ServiceUnavailable);
        assert!(told.is_some_and(|(_, why)| why.contains(&rejection.to_string())), "{open:?}");
        assert_eq!(world.record().await.refused, [], "another label of the account would be refused as well");
        let shop = world.backend.shops.load_shop(&world.target.key.shop).await.unwrap().unwrap().value;
        assert!(shop.monitor.refusals.is_empty(), "no carrier has refused");

        is_refused.store(false, Ordering::SeqCst);
        world.clock.advance(Duration::from_secs(60));
        assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
        world.step.handle(&world.target).await.unwrap();
        let after = world.purchase().await;
        assert_eq!((after.key, after.attempts, world.asked().len()), (before.key, 2, 2));
        assert_eq!(world.stage().await, "labelled");
        assert!(world.open().await.iter().all(|(kind, _)| *kind != K::ServiceUnavailable));
    }
}

#[tokio::test]
async fn a_purchase_that_was_not_sent_is_made_later_under_the_same_key() {
    let is_throttled = Arc::new(AtomicBool::new(true));
    let throttled = Arc::clone(&is_throttled);
    let buy = Box::new(move || {
        if throttled.swap(false, Ordering::SeqCst) {
            return Err(BuyError::NotSent { after: Duration::from_secs(3), source: None });
        }
        Ok(bought(LabelSource::Inline(document())))
    });
    let world = World::new(buy, finds_nothing()).await;
    let error = world.buy().await.unwrap_err();
    assert!(
        matches!(error, StepError::Paused(ref pause) if pause.after == Duration::from_secs(3)),
        "{error}"
    );
    let before = world.purchase().await;
    assert_eq!((before.state.clone(), before.attempts), (PurchaseState::Intended, 1));

    world.step.handle(&world.target).await.unwrap();
    let after = world.purchase().await;
    assert_eq!((after.key, after.attempts, world.asked().len()), (before.key, 2, 2));
    assert_eq!((world.stage().await, is_throttled.load(Ordering::SeqCst)), ("labelled", false));
}

#[tokio::test]
async fn a_purchase_that_was_not_sent_is_dropped_when_its_label_is_no_longer_wanted() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    let intended = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account(), world.clock.now()));
    world.store(Stage::Buying { intent: PurchaseIntent::Void, fingerprint: 0 }, vec![intended]).await;
    world.step.handle(&world.target).await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Rejected { .. }));
    assert_eq!((world.stage().await, world.asked().len()), ("cancelled", 0));
    let read_back = Message::order_change(world.target.key.clone(), ChangeSource::Timer);
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back]);
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_nothing_is_bought_again() {
    let buy = Box::new(|| Err(BuyError::Unknown(UnknownOutcome::Broken("it is cut off"))));
    let label = Box::new(bought(LabelSource::Inline(document())));
    let world = World::new(buy, finds(Found::Label(label))).await;
    world.buy().await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert_eq!(world.take(Queue::LabelRequests).await, [], "the account is given a moment");
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    world.step.handle(&world.target).await.unwrap();
    assert_eq!((world.stage().await, world.asked().len()), ("labelled", 1));
}

#[tokio::test]
async fn a_missing_purchase_is_no_proof_before_it_would_have_to_show() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    let settle = SignedDuration::try_from(SETTLE).unwrap();
    let ago = settle - SignedDuration::from_secs(10);
    world.store_lost(account(), ago, PurchaseIntent::Ship).await;
    world.step.handle(&world.target).await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert_eq!(world.take(Queue::LabelRequests).await, [], "not before the settling time has passed");
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.purchase().await.state, PurchaseState::Intended);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_failed_read_back_leaves_the_purchase_unknown_and_opens_an_exception_when_it_lasts() {
    let find = Box::new(|| Err(CarrierError::Late(CarrierCall::Read)));
    let world = World::new(sells(LabelSource::Refetch), find).await;
    world.store_lost(account(), SignedDuration::from_secs(5), PurchaseIntent::Ship).await;
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.open().await, []);
    assert_eq!(world.record().await.shipments[0].outage.as_ref().map(|outage| outage.attempts), Some(1));
    world.clock.advance(Duration::from_secs(120));
    world.step.handle(&world.target).await.unwrap();
    assert!(world.open().await.iter().any(|(kind, _)| *kind == K::PurchaseUnknown));
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_purchase_in_flight_is_read_back_only_when_its_lease_has_ended() {
    let label = || Box::new(bought(LabelSource::Inline(document())));
    for (lease, stage) in [(10, "buying"), (1, "labelled")] {
        let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label()))).await;
        world.store_in_flight(PurchaseIntent::Ship, 5, SignedDuration::from_mins(lease)).await;
        world.step.handle(&world.target).await.unwrap();
        assert_eq!((world.stage().await, world.asked().len()), (stage, 0), "a lease of {lease} min");
    }
}

#[tokio::test]
async fn a_label_that_is_no_longer_wanted_is_voided() {
    let label = Box::new(bought(LabelSource::Refetch));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label))).await;
    world.store_lost(account(), SignedDuration::from_mins(10), PurchaseIntent::Void).await;
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.stage().await, "voiding");
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    assert_eq!(world.take(Queue::TrackingUploads).await, []);
}

#[tokio::test]
async fn a_label_above_the_limit_is_used_and_opens_an_exception() {
    let buy =
        Box::new(|| Ok(BoughtLabel { cost: Money::usd(651), ..bought(LabelSource::Inline(document())) }));
    let world = World::new(buy, finds_nothing()).await;
    world.buy().await.unwrap();
    assert_eq!(world.stage().await, "labelled");
    let open = world.open().await;
    assert!(open.iter().any(|(kind, _)| *kind == K::Overcharged), "{open:?}");
}

/// Stores no file.
struct FullLabelStore;

#[async_trait]
impl LabelStore for FullLabelStore {
    async fn put_label(&self, _name: &str, _document: &LabelDocument) -> Result<(), BackendError> {
        Err(BackendError::unavailable("the disk is full"))
    }

    async fn get_label(&self, _name: &str) -> Result<Option<LabelDocument>, BackendError> {
        Ok(None)
    }

    async fn delete_label(&self, _name: &str) -> Result<(), BackendError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_label_whose_file_cannot_be_kept_is_uploaded_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(samples::at(0));
    let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
    let buy = sells(LabelSource::Inline(document()));
    let world = World::with(folder, clock, backend, Arc::new(FullLabelStore), buy, finds_nothing()).await;
    world.buy().await.unwrap();
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!(label.file, LabelFileState::Pending { link: None });
    assert_eq!(world.take(Queue::TrackingUploads).await, [Message::TrackingUpload(world.target.clone())]);
}
