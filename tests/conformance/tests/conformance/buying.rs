//! One purchase, one label.

use std::time::Duration;

use carriers::{BuyError, Feature, Found, LabelRef, LabelSource, Rejection};
use conformance::{ApiCall, SimulatedAccount, TestParcel};
use sim::Fault;

conformance::on_every_connector!(
    a_label_is_bought_and_found_again,
    bought_twice_under_one_key_there_is_one_label,
    bought_by_two_workers_at_once_there_is_one_label,
    the_process_dies_between_the_answer_and_the_commit,
    a_refusal_is_certain_and_keeps_the_carriers_words,
    refused_credentials_pay_nothing,
);

async fn a_label_is_bought_and_found_again(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    let before = connector.find_purchase(&purchase, &conformance::part()).await.unwrap();
    assert!(matches!(before, Found::Nothing(_)), "{before:?}");
    let label = parcel.buy(&*connector, &purchase).await.unwrap();
    let paid = account.paid_for(&parcel.reference);
    assert_eq!((paid.len(), paid[0].tracking.as_str()), (1, label.tracking.as_str()));
    assert_eq!(
        (&label.account, &label.quote, label.void),
        (connector.account(), &purchase.chosen.quote.id, None)
    );
    let Found::Label(found) =
        account.connector().find_purchase(&purchase, &conformance::part()).await.unwrap()
    else {
        panic!("the label is not found")
    };
    assert_eq!((found.handle, found.tracking, found.cost), (label.handle, label.tracking, label.cost));
}

async fn bought_twice_under_one_key_there_is_one_label(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    let first = parcel.buy(&*connector, &purchase).await.unwrap();
    for connector in [&connector, &account.connector()] {
        match parcel.buy(&**connector, &purchase).await {
            Ok(again) => assert_eq!(again.tracking, first.tracking),
            Err(error) => assert!(!matches!(error, BuyError::NotSent { .. }), "{error:?}"),
        }
    }
    assert_eq!(account.paid_for(&parcel.reference).len(), 1);
}

async fn bought_by_two_workers_at_once_there_is_one_label(account: &impl SimulatedAccount) {
    let (one, other, parcel) = (account.connector(), account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*one).await;
    let answers = tokio::join!(parcel.buy(&*one, &purchase), parcel.buy(&*other, &purchase));
    assert!(answers.0.is_ok() || answers.1.is_ok(), "{answers:?}");
    assert_eq!(account.paid_for(&parcel.reference).len(), 1);
}

/// The label is found by another process, and so is its file, without what the lost answer held.
async fn the_process_dies_between_the_answer_and_the_commit(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    account.faults().on_next(account.request(ApiCall::Buy), Fault::HangAfterEffect);
    let killed = tokio::time::timeout(Duration::from_millis(150), parcel.buy(&*connector, &purchase)).await;
    assert!(killed.is_err() && account.faults().all_fired());
    let connector = account.connector();
    let Found::Label(label) = connector.find_purchase(&purchase, &conformance::part()).await.unwrap() else {
        panic!("no label")
    };
    assert_eq!(account.paid_for(&parcel.reference)[0].tracking, label.tracking.as_str());
    match &label.file {
        LabelSource::Inline(document) => assert!(document.bytes.starts_with(b"%PDF")),
        LabelSource::Link(_) | LabelSource::Refetch => {
            assert!(connector.capabilities().offers(Feature::LabelFile));
            let file = connector.label_file(&LabelRef::from(&*label), None).await.unwrap();
            assert!(file.bytes.starts_with(b"%PDF"));
        }
    }
}

async fn a_refusal_is_certain_and_keeps_the_carriers_words(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    account.refuse_purchases();
    let error = parcel.buy(&*connector, &purchase).await.unwrap_err();
    let BuyError::Rejected { reason: Rejection::Carrier { .. }, text, .. } = &error else {
        panic!("{error:?}")
    };
    let words = text.shown(&[&parcel.from, &parcel.to]).expect("the carrier's words");
    for secret in parcel.secrets() {
        assert!(!words.contains(secret) && !format!("{error} {error:?}").contains(secret), "{words}");
    }
    assert_eq!(account.paid(), []);
    assert!(matches!(
        connector.find_purchase(&purchase, &conformance::part()).await.unwrap(),
        Found::Nothing(_)
    ));
}

async fn refused_credentials_pay_nothing(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    let intruder = account.intruder();
    let error = parcel.buy(&*intruder, &purchase).await.unwrap_err();
    assert!(matches!(error, BuyError::Rejected { reason: Rejection::Account, .. }), "{error:?}");
    let error = parcel.quote(&*intruder).await.unwrap_err();
    assert_eq!(error.silence(), domain::rates::Silence::AccountRefused, "{error:?}");
    assert!(
        intruder.find_purchase(&purchase, &conformance::part()).await.is_err(),
        "who may not look sees no absence"
    );
    assert_eq!(account.paid(), []);
}
