//! Several accounts of one shop.

use std::time::{Duration, Instant};

use carriers::{CarrierAccounts, NoQuotes, UnknownAccount};
use conformance::{ApiCall, SimulatedAccount, TestParcel, soon};
use domain::rates::{Silence, SilentAccount};
use domain::retry::Retry;
use domain::{AccountId, Timestamp};
use sim::Fault;

conformance::on_every_connector!(
    all_accounts_are_asked,
    a_silent_account_keeps_nobody_waiting_and_is_named,
    without_any_answer_there_is_an_error,
    a_label_leads_back_to_the_account_that_sold_it,
);

fn names() -> [AccountId; 2] {
    ["sample:one", "sample:two"].map(|name| AccountId::parse(name).unwrap())
}

fn both(account: &impl SimulatedAccount) -> CarrierAccounts {
    CarrierAccounts::new(names().map(|name| account.connector_named(name)))
}

async fn all_accounts_are_asked(account: &impl SimulatedAccount) {
    let (accounts, parcel) = (both(account), TestParcel::new());
    let quotes = accounts.quotes(&parcel.request(), Timestamp::UNIX_EPOCH, soon()).await.unwrap();
    assert_eq!((quotes.silent.as_slice(), quotes.asked_at), (&[][..], Timestamp::UNIX_EPOCH));
    for name in names() {
        assert!(quotes.quotes.iter().any(|quote| quote.account == name), "{name}");
    }
}

async fn a_silent_account_keeps_nobody_waiting_and_is_named(account: &impl SimulatedAccount) {
    let (accounts, parcel) = (both(account), TestParcel::new());
    account.faults().on_next(account.request(ApiCall::Quote), Fault::HangWithoutEffect);
    let begun = Instant::now();
    let deadline = begun + Duration::from_millis(250);
    let quotes = accounts.quotes(&parcel.request(), Timestamp::UNIX_EPOCH, deadline).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2) && account.faults().all_fired());
    // Which of the two met the fault is chance.
    let [SilentAccount { account: silent, why: Silence::TimedOut }] = quotes.silent.as_slice() else {
        panic!("{:?}", quotes.silent)
    };
    let other = names().into_iter().find(|name| name != silent).unwrap();
    assert!(!quotes.quotes.is_empty() && quotes.quotes.iter().all(|quote| quote.account == other));
}

async fn without_any_answer_there_is_an_error(account: &impl SimulatedAccount) {
    let parcel = TestParcel::new();
    let one = CarrierAccounts::new([account.connector()]);
    account.faults().on_next(account.request(ApiCall::Quote), Fault::Status(500));
    let error = one.quotes(&parcel.request(), Timestamp::UNIX_EPOCH, soon()).await.unwrap_err().error;
    assert!(account.faults().all_fired() && matches!(error.retry(), Retry::After(_)), "{error:?}");
    // An account that may answer later counts before one that never will.
    let two = CarrierAccounts::new([account.intruder(), account.connector()]);
    let kind = account.request(ApiCall::Quote);
    for _ in 0..2 {
        account.faults().on_next(kind, Fault::LostRequest);
        let error = two.quotes(&parcel.request(), Timestamp::UNIX_EPOCH, soon()).await;
        if let Err(NoQuotes { error, .. }) = error {
            assert!(matches!(error.retry(), Retry::After(_)), "{error:?}");
        }
    }
}

async fn a_label_leads_back_to_the_account_that_sold_it(account: &impl SimulatedAccount) {
    let [one, two] = names();
    let (accounts, parcel) = (both(account), TestParcel::new());
    let label = parcel.label(&*accounts.get(&two).unwrap()).await;
    assert_eq!(label.account, two);
    assert_eq!(accounts.get(&one).unwrap().account(), &one);
    let gone = AccountId::parse("sample:three").unwrap();
    assert_eq!(accounts.get(&gone).err(), Some(UnknownAccount(gone)));
}
