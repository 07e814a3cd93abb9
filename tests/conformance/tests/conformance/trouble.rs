//! Answers that are lost, late or broken.

use carriers::{BuyError, CarrierError, Connector, Found, LabelRef};
use conformance::{ApiCall, SimulatedAccount, TestParcel};
use domain::retry::Retry;
use futures_util::future::join_all;
use sim::Fault;
use sim::faults::FaultRates;

conformance::on_every_connector!(
    whatever_befalls_a_purchase_the_truth_is_found,
    whatever_befalls_a_reading_call_it_is_no_final_answer,
    a_throttled_purchase_was_not_sent,
    a_bad_day_buys_nothing_twice,
);

const FAULTS: [Fault; 7] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::BrokenBody,
    Fault::HangWithoutEffect,
    Fault::HangAfterEffect,
];

/// Reads the purchase back until there is an answer.
async fn find(connector: &dyn Connector, purchase: &domain::purchase::Purchase) -> Found {
    for _ in 0..40 {
        match connector.find_purchase(purchase, &conformance::part()).await {
            Ok(found) => return found,
            Err(error) => assert_ne!(error.retry(), Retry::Never, "{error:?}"),
        }
    }
    panic!("never an answer")
}

async fn whatever_befalls_a_purchase_the_truth_is_found(account: &impl SimulatedAccount) {
    let connector = account.connector();
    for fault in FAULTS {
        let parcel = TestParcel::new();
        let purchase = parcel.purchase(&*connector).await;
        account.faults().on_next(account.request(ApiCall::Buy), fault);
        let error = parcel.buy(&*connector, &purchase).await.unwrap_err();
        assert!(account.faults().all_fired(), "{fault:?} met no call");
        assert!(matches!(error, BuyError::Unknown(_)), "{fault:?}: {error:?}");
        let paid = account.paid_for(&parcel.reference);
        match find(&*connector, &purchase).await {
            Found::Label(label) => assert_eq!(paid[0].tracking, label.tracking.as_str(), "{fault:?}"),
            Found::Bare { tracking, .. } => assert_eq!(paid[0].tracking, tracking.as_str(), "{fault:?}"),
            Found::Pending(label) => panic!("{fault:?}: it is issued at once: {label:?}"),
            Found::Nothing(_) => assert_eq!(paid, [], "{fault:?}: a paid label is not found"),
        }
    }
}

/// It may succeed by itself; if not, what helps is to ask again.
async fn whatever_befalls_a_reading_call_it_is_no_final_answer(account: &impl SimulatedAccount) {
    let parcel = TestParcel::new();
    let purchase = parcel.purchase(&*account.connector()).await;
    let label = parcel.buy(&*account.connector(), &purchase).await.unwrap();
    let label = LabelRef::from(&label);
    // A new process each: the pause of one that was throttled would keep the next waiting.
    let calls = FAULTS.into_iter().chain([Fault::TooManyRequests]).flat_map(|fault| {
        let calls = [
            ApiCall::VerifyAddress,
            ApiCall::Quote,
            ApiCall::FindPurchase,
            ApiCall::Refund,
            ApiCall::LabelFile,
            ApiCall::Track,
        ];
        calls.map(|call| (fault, call))
    });
    for (fault, call) in calls {
        let connector = account.connector();
        account.faults().on_next(account.request(call), fault);
        let outcome: Result<(), CarrierError> = match call {
            ApiCall::VerifyAddress => connector.verify_address(&parcel.to).await.map(drop),
            ApiCall::Quote => parcel.quote(&*connector).await.map(drop),
            ApiCall::FindPurchase => {
                connector.find_purchase(&purchase, &conformance::part()).await.map(|found| {
                    assert!(!matches!(found, Found::Nothing(_)), "{fault:?}: a paid label is not found");
                })
            }
            ApiCall::Refund => connector.refund(&label).await.map(drop),
            ApiCall::LabelFile => connector.label_file(&label, None).await.map(drop),
            ApiCall::Track => connector.track(&[label]).await.map(drop),
            ApiCall::QuoteAgain | ApiCall::Buy | ApiCall::Void => continue,
        };
        assert!(account.faults().all_fired(), "{fault:?} met no {call:?}");
        if let Err(error) = outcome {
            assert!(
                matches!(error.retry(), Retry::After(_) | Retry::Paused(_)),
                "{fault:?} {call:?}: {error:?}"
            );
        }
    }
}

async fn a_throttled_purchase_was_not_sent(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    account.faults().on_next(account.request(ApiCall::Buy), Fault::TooManyRequests);
    let error = parcel.buy(&*connector, &purchase).await.unwrap_err();
    assert!(account.faults().all_fired());
    assert!(matches!(error, BuyError::NotSent { source: None, .. }), "{error:?}");
    assert!(matches!(error.retry(), Retry::Paused(_)));
    assert_eq!(account.paid(), []);
    parcel.buy(&*account.connector(), &purchase).await.unwrap();
}

/// Forty purchases under random faults, as the ledger leads them: asked again only when it is certain that nothing was sold.
async fn a_bad_day_buys_nothing_twice(account: &impl SimulatedAccount) {
    let connector = account.connector();
    let parcels: Vec<TestParcel> = (0..40).map(|_| TestParcel::new()).collect();
    let purchases = join_all(parcels.iter().map(|parcel| parcel.purchase(&*connector))).await;
    let hanging = FaultRates { hang: 0.01, ..FaultRates::each(0.12) };
    account.faults().set_rates(hanging);
    let lives = parcels.iter().zip(&purchases).map(async |(parcel, purchase)| {
        for _ in 0..60 {
            match parcel.buy(&*connector, purchase).await {
                Ok(label) => return label.tracking.to_string(),
                Err(BuyError::NotSent { after, .. }) => tokio::time::sleep(after).await,
                Err(BuyError::Unknown(_)) => match find(&*connector, purchase).await {
                    Found::Label(label) => return label.tracking.to_string(),
                    Found::Bare { tracking, .. } => return tracking.to_string(),
                    Found::Pending(label) => panic!("it is issued at once: {label:?}"),
                    // The simulator sells at once or not at all: there is nothing to settle.
                    Found::Nothing(_) => {}
                },
                Err(error @ BuyError::Rejected { .. }) => panic!("{error:?}"),
            }
        }
        panic!("never bought")
    });
    let believed = join_all(lives).await;
    account.faults().set_rates(FaultRates::default());
    for (parcel, tracking) in parcels.iter().zip(believed) {
        let paid = account.paid_for(&parcel.reference);
        assert_eq!((paid.len(), paid[0].tracking.as_str()), (1, tracking.as_str()), "{paid:?}");
    }
}
