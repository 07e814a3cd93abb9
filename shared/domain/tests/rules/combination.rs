//! Orders that TikTok would ship in one parcel.

use domain::combination::{
    CombinedLabel, DEADLINE_MARGIN, GATHERING_MAX, ORDERS_MAX, ParcelRole, QUIET, gathers_until, next_parcel,
};
use domain::deadline::{Deadline, DeadlineSource, DispatchRules};
use domain::hold::{HoldReason, Shippable};
use domain::message::ChangeSource;
use domain::order::{Order, ShippingType};
use domain::rates::Service;
use domain::record::OrderRecord;
use domain::stage::{CostBasis, PendingLabel};
use domain::sync::sync;
use domain::{
    AccountId, CarrierAccountId, CombineGroupId, CombinedParcelId, LabelHandle, Money, OrderId, ShopId,
    Timestamp,
};

use crate::support::{HOUR, at, order, policies};

/// The record after `order` was read back at `now`.
fn synced(stored: Option<OrderRecord>, order: Order, now: Timestamp) -> OrderRecord {
    let rules = DispatchRules::built_in().unwrap();
    let read = sync(stored, &ShopId::new("shop"), order, ChangeSource::Poll, &policies(&rules), now);
    read.unwrap().0
}

/// An order of a group, read back at `joined_at`.
fn grouped(id: &str, group: &str, joined_at: Timestamp) -> OrderRecord {
    let order = Order {
        id: OrderId::new(id),
        shipping: ShippingType::TikTok,
        combine_group: Some(CombineGroupId::new(group)),
        ..order()
    };
    synced(None, order, joined_at)
}

fn due_at(record: &OrderRecord, at: Timestamp) -> OrderRecord {
    let deadline =
        Deadline { at, clock: DeadlineSource::ReadyToShip, why: String::new(), cancellation: None };
    OrderRecord { deadline: Some(deadline), ..record.clone() }
}

#[test]
fn a_group_gathers_until_it_is_quiet_but_no_order_waits_too_long() {
    let far = at(1_000 * HOUR);
    let member = |id: &str, joined: Timestamp| due_at(&grouped(id, "g", joined), far);
    let until = |group: &[OrderRecord]| gathers_until(group).unwrap();
    assert_eq!(until(&[member("1", at(0))]), at(0) + QUIET);
    assert_eq!(until(&[member("1", at(0)), member("2", at(HOUR))]), at(HOUR) + QUIET);
    let late = member("2", at(5 * HOUR));
    assert_eq!(until(&[member("1", at(0)), late.clone()]), at(0) + GATHERING_MAX);
    let near = due_at(&late, at(30 * HOUR));
    assert_eq!(
        until(&[member("1", at(0)), near]),
        at(30 * HOUR) - DEADLINE_MARGIN,
        "one deadline counts for all"
    );
    assert_eq!(gathers_until(&[synced(None, order(), at(0))]), None);
}

#[test]
fn a_member_waits_for_its_group_and_a_claimed_one_for_its_lead() {
    let mut record = grouped("1", "g", at(0));
    let until = Some(at(0) + QUIET);
    assert_eq!(record.shippable(at(0)), Shippable::Hold { until, why: HoldReason::Combining });
    assert_eq!(record.shippable(at(0) + QUIET), Shippable::Now);
    assert_eq!(record.shippable_alone(at(0)), Shippable::Now);
    assert_eq!(record.listed_group(), Some(&CombineGroupId::new("g")));
    let (lead, parcel) = (OrderId::new("0"), CombinedParcelId::new("p"));
    record.combination.as_mut().unwrap().role = Some(ParcelRole::Member { lead, parcel });
    let claimed = Shippable::Hold { until: None, why: HoldReason::Combined };
    assert_eq!(record.shippable(at(0) + QUIET), claimed);
    // TikTok takes the order out of the group: the lead is asked first.
    let alone = Order { combine_group: None, ..record.order.clone() };
    let record = synced(Some(record), alone.clone(), at(60));
    assert!(record.claimed_by().is_some());
    let mut released = record;
    released.combination.as_mut().unwrap().role = None;
    let released = synced(Some(released), alone, at(120));
    assert_eq!((released.shippable(at(120)), released.combination), (Shippable::Now, None));
}

#[test]
fn a_clock_that_was_ahead_keeps_no_order_waiting_for_others() {
    let mut record = grouped("1", "g", at(48 * HOUR));
    assert!(record.mend_times(at(0)));
    assert_eq!(record.shippable(at(0)), Shippable::Now);
    let mut waits = grouped("1", "g", at(0));
    let before = waits.combination.clone();
    waits.mend_times(at(60));
    assert_eq!(waits.combination, before, "a wait that can be right stays");
}

#[test]
fn only_tiktoks_labels_are_combined_and_no_dangerous_goods() {
    let own = Order { combine_group: Some(CombineGroupId::new("g")), ..order() };
    assert_eq!(synced(None, own, at(0)).combination, None);
    let mut dangerous = grouped("1", "g", at(0)).order;
    dangerous.items[0].is_dangerous = true;
    assert_eq!(synced(None, dangerous, at(0)).combination, None);
}

#[test]
fn whoever_looks_finds_the_same_lead_in_the_next_parcel() {
    let orders: Vec<OrderRecord> =
        (0..30_i64).map(|n| grouped(&format!("{:02}", 40 - n), "g", at(n * 60))).collect();
    let ids = |orders: Vec<OrderRecord>| -> Vec<String> {
        next_parcel(orders).iter().map(|record| record.order.id.as_str().to_owned()).collect()
    };
    let parcel = ids(orders.clone());
    assert_eq!(parcel.len(), ORDERS_MAX);
    assert_eq!(parcel[0], "21", "of the twenty that joined first, the one with the smallest id");
    assert_eq!(ids(orders.into_iter().rev().collect()), parcel);
}

#[test]
fn the_shares_add_up_to_the_cost() {
    for (total, orders) in [(534, 20), (100, 3), (2, 3), (0, 4), (999, 1)] {
        let orders: Vec<OrderId> = (0..orders).map(|n| OrderId::new(n.to_string())).collect();
        let label = PendingLabel {
            account: AccountId::platform(),
            handle: LabelHandle::new("package"),
            service: Service::platform(),
            billed_to: CarrierAccountId::platform(),
            cost: Money::usd(total),
            cost_basis: CostBasis::Estimated,
            bought_at: at(0),
            fingerprint: 1,
        };
        let bought = CombinedLabel { label, orders: orders.clone() };
        let shares: Vec<i64> =
            orders.iter().map(|order| bought.share(order, 7).unwrap().cost.minor).collect();
        assert_eq!(shares.iter().sum::<i64>(), total, "{shares:?}");
        assert!(shares[1..].iter().all(|share| *share <= shares[0]), "{shares:?}");
        assert_eq!(bought.share(&orders[0], 7).unwrap().fingerprint, 7);
        assert_eq!(bought.share(&OrderId::new("another"), 7), None);
    }
}
