//! Rates and addresses.

use std::time::{Duration, Instant};

use carriers::{AddressCheck, BuyError, CarrierError, Rejection};
use conformance::{ApiCall, SimulatedAccount, TestParcel};
use domain::rates::{Ticket, facts};
use domain::retry::Retry;
use sim::Fault;

conformance::on_every_connector!(
    every_quote_is_of_the_account_and_can_be_bought,
    the_price_is_that_of_the_account,
    a_ticket_is_priced_again,
    a_ticket_that_the_account_does_not_know_is_gone,
    a_quote_is_given_up_at_its_deadline,
    addresses_are_judged,
);

async fn every_quote_is_of_the_account_and_can_be_bought(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let quotes = parcel.quote(&*connector).await.unwrap().quotes;
    assert!(quotes.len() > 1, "{quotes:?}");
    for quote in &quotes {
        assert_eq!(&quote.account, connector.account());
        assert!(!quote.ticket.is_empty() && quote.ticket.as_str().len() <= Ticket::LENGTH_MAX, "{quote:?}");
        assert!(quote.cost.minor > 0 && !quote.billed_to.as_str().is_empty(), "{quote:?}");
        for secret in parcel.secrets() {
            assert!(!quote.ticket.as_str().contains(secret), "{secret} in a ticket");
        }
    }
    let ids: std::collections::BTreeSet<_> = quotes.iter().map(|quote| &quote.id).collect();
    assert_eq!(ids.len(), quotes.len(), "the id tells quotes apart");
    assert!(quotes.iter().any(|quote| facts(&quote.service).is_some()), "no service has a name of ours");
    assert_eq!(account.paid(), [], "a quote costs nothing");
}

async fn the_price_is_that_of_the_account(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let purchase = parcel.purchase(&*connector).await;
    let label = parcel.buy(&*connector, &purchase).await.unwrap();
    let paid = account.paid_for(&parcel.reference);
    assert_eq!(purchase.chosen.quote.cost.minor, paid[0].minor);
    let fees = label.cost.minor - paid[0].minor;
    assert!((0..=5).contains(&fees), "{} for a label of {}", label.cost, paid[0].minor);
    assert_eq!(
        (&label.service, &label.billed_to),
        (&purchase.chosen.quote.service, &purchase.chosen.quote.billed_to)
    );
}

async fn a_ticket_is_priced_again(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let old = parcel.purchase(&*connector).await.chosen.quote;
    account.raise_prices(20);
    let new = parcel.quote_again(&*connector, &old.ticket).await.unwrap().quotes;
    let same =
        |quote: &&domain::rates::Quote| quote.service == old.service && quote.billed_to == old.billed_to;
    let new = new.iter().find(same).unwrap();
    assert!(new.cost.minor > old.cost.minor, "{} after {}", new.cost, old.cost);
    let label = parcel.buy(&*connector, &parcel.purchase_of(new.clone())).await.unwrap();
    assert!(label.cost.minor >= new.cost.minor);
    assert_eq!(account.paid_for(&parcel.reference).len(), 1);
}

async fn a_ticket_that_the_account_does_not_know_is_gone(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    let mut quote = parcel.purchase(&*connector).await.chosen.quote;
    quote.ticket = account.unknown_ticket();
    let again = parcel.quote_again(&*connector, &quote.ticket).await.unwrap_err();
    assert!(matches!(again, CarrierError::Rejected { reason: Rejection::QuoteGone, .. }), "{again:?}");
    let bought = parcel.buy(&*connector, &parcel.purchase_of(quote)).await.unwrap_err();
    assert!(matches!(bought, BuyError::Rejected { reason: Rejection::QuoteGone, .. }), "{bought:?}");
    assert_eq!(account.paid(), []);
}

async fn a_quote_is_given_up_at_its_deadline(account: &impl SimulatedAccount) {
    let (connector, parcel) = (account.connector(), TestParcel::new());
    account.faults().on_next(account.request(ApiCall::Quote), Fault::HangWithoutEffect);
    let begun = Instant::now();
    let error =
        connector.quote(&parcel.request(), None, begun + Duration::from_millis(150)).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_millis(390), "{:?}", begun.elapsed());
    assert!(matches!(error.retry(), Retry::After(_)), "{error:?}");
    assert!(account.faults().all_fired());
}

async fn addresses_are_judged(account: &impl SimulatedAccount) {
    if !account.connector().capabilities().offers(carriers::Feature::VerifyAddress) {
        return;
    }
    let connector = account.connector();
    let good = connector.verify_address(&TestParcel::new().to).await.unwrap();
    assert!(matches!(good, AddressCheck::Deliverable { .. }), "{good:?}");
    let nowhere = TestParcel::to(|to| to.street1 = "99 Nowhere Street".into());
    let bad = connector.verify_address(&nowhere.to).await.unwrap();
    assert!(matches!(bad, AddressCheck::Undeliverable { .. }), "{bad:?}");
    let po_box = TestParcel::to(|to| to.street1 = "PO Box 12".into());
    assert!(connector.verify_address(&po_box.to).await.is_ok());
    let long =
        TestParcel::to(|to| to.street1 = "12 Juniper Lane, behind the garden of the second house".repeat(3));
    match connector.verify_address(&long.to).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.retry(), Retry::Never, "a long line stays too long: {error:?}"),
    }
}
