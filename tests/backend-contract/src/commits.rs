//! Orders are committed as a whole, by version.

use domain::rates::{Candidate, Carrier, CarrierMessage, Quote, Service, Ticket, Verdict};
use domain::{AccountId, CarrierAccountId, Currency, Money, QuoteId};
use futures_util::future::join_all;

use super::Harness;
use super::samples::{at, key, order, troubled};
use backend::{Committed, RateOutcome};

/// A commit is stored only under the version that it names, and increments it.
pub async fn a_commit_names_the_version_it_follows(harness: &impl Harness) {
    let backend = harness.backend().await;
    let first = order("shop-1", "1", at(0));
    let key = first.key();
    assert!(backend.orders.load_order(&key).await.unwrap().is_none());

    let early = backend.orders.commit_order(&first, 7).await.unwrap();
    assert_eq!(early, Committed::LostRace, "there is no version 7 to follow");
    assert!(backend.orders.load_order(&key).await.unwrap().is_none());

    let Committed::Stored(version) = backend.orders.commit_order(&first, 0).await.unwrap() else {
        panic!("lost without a race")
    };
    let loaded = backend.orders.load_order(&key).await.unwrap().unwrap();
    assert_eq!((&loaded.value, loaded.version), (&first, version), "it comes back as it was stored");

    let again = backend.orders.commit_order(&troubled(first.clone()), 0).await.unwrap();
    assert_eq!(again, Committed::LostRace, "it is there already");

    let second = troubled(first.clone());
    let Committed::Stored(newer) = backend.orders.commit_order(&second, version).await.unwrap() else {
        panic!("lost without a race")
    };
    assert!(newer > version);
    assert_eq!(
        backend.orders.commit_order(&first, version).await.unwrap(),
        Committed::LostRace,
        "the version has passed"
    );
    let loaded = backend.orders.load_order(&key).await.unwrap().unwrap();
    assert_eq!((loaded.value, loaded.version), (second, newer));
}

/// Of commits under the same version exactly one is stored, whether the order is new or known.
pub async fn of_two_commits_at_once_one_wins(harness: &impl Harness) {
    let backend = harness.backend().await;
    let mut version = 0;
    for round in 0..5 {
        let rivals: Vec<_> = (0..4_i64)
            .map(|n| {
                let mut rival = order("shop-1", "1", at(0));
                rival.synced_at = at(100 * round + n);
                rival
            })
            .collect();
        let outcomes = join_all(rivals.iter().map(|rival| backend.orders.commit_order(rival, version))).await;
        let mut winners = rivals.iter().zip(outcomes).filter_map(|(rival, outcome)| match outcome.unwrap() {
            Committed::Stored(version) => Some((rival, version)),
            Committed::LostRace => None,
        });
        let (winner, stored) = winners.next().expect("one wins");
        assert!(winners.next().is_none(), "only one wins");
        let loaded = backend.orders.load_order(&winner.key()).await.unwrap().unwrap();
        assert_eq!((&loaded.value, loaded.version), (winner, stored));
        version = stored;
    }
}

/// An acknowledged commit survives closing and opening the backend.
pub async fn what_was_committed_outlives_the_backend(harness: &impl Harness) {
    let backend = harness.backend().await;
    for n in 0..20 {
        backend.orders.commit_order(&order("shop-1", &n.to_string(), at(n)), 0).await.unwrap();
    }
    let backend = harness.reopen(backend).await;
    for n in 0..20 {
        let loaded = backend.orders.load_order(&key("shop-1", &n.to_string())).await.unwrap();
        assert_eq!(loaded.unwrap().value, order("shop-1", &n.to_string(), at(n)));
    }
}

/// A shipment's latest rate decision replaces the one before. Each shipment has its own.
pub async fn the_last_decision_is_kept(harness: &impl Harness) {
    let backend = harness.backend().await;
    let record = order("shop-1", "1", at(0));
    let key = record.key();
    backend.orders.commit_order(&record, 0).await.unwrap();
    let (first, second) = (key.shipment(1), key.shipment(2));
    assert_eq!(backend.orders.get_decision(&key, &first).await.unwrap(), None);

    let quote = Quote {
        id: QuoteId::new("rate-1"),
        service: Service::new(Carrier::Usps, "GroundAdvantage"),
        account: AccountId::default_of("ups"),
        billed_to: CarrierAccountId::new("account-1"),
        ticket: Ticket::new("ticket-1"),
        cost: Money { minor: 607, currency: Currency::USD },
        days: Some(3),
        arrives_on: None,
        packaging: None,
    };
    let candidate = Candidate { quote, billable_pounds: 2, arrives: None, verdict: Verdict::Eligible };
    let message = CarrierMessage { carrier: "UPS".into(), text: "no pickup there".into() };
    let old = RateOutcome::None { candidates: vec![candidate], messages: vec![message], at: at(1) };
    let new = RateOutcome::None { candidates: Vec::new(), messages: Vec::new(), at: at(2) };
    backend.orders.put_decision(&key, &first, &old).await.unwrap();
    backend.orders.put_decision(&key, &second, &new).await.unwrap();
    assert_eq!(backend.orders.get_decision(&key, &first).await.unwrap(), Some(old));
    backend.orders.put_decision(&key, &first, &new).await.unwrap();
    assert_eq!(backend.orders.get_decision(&key, &first).await.unwrap(), Some(new));
}
