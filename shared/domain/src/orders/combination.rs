//! Orders that TikTok would ship in one parcel.
//!
//! TikTok marks a buyer's orders to one address with a common `auto_combine_group_id`. Bought one by one, each pays for a parcel of
//! its own, and a group grows for hours after its first order. So its orders wait until no more have joined for a while. Then one
//! of them, the **lead**, claims the others, and its purchase is of one parcel for all of them, or of nothing. The others buy
//! nothing: they look at the lead's record, and take their share of the label, or go on by themselves when it claims them no longer.
//!
//! Only labels that Create Packages buys are combined so. Where packages exist since the payment, TikTok combines them before.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::deadline::Deadline;
use crate::hold::{HoldReason, Shippable};
use crate::ids::{CombineGroupId, CombinedParcelId, OrderId, ShipmentId};
use crate::money::Money;
use crate::order::OrderStatus;
use crate::record::OrderRecord;
use crate::route::Route;
use crate::shipment::Shipment;
use crate::stage::{PendingLabel, Stage};
use crate::time::{later, mend};

/// A group is complete when no order has joined it for so long. Half of the orders that join later do so within 14 minutes, nine
/// of ten within 1.7 hours (as integrators have seen).
pub const QUIET: SignedDuration = SignedDuration::from_hours(2);
/// No order waits longer for others. TikTok itself speaks of three to six hours.
pub const GATHERING_MAX: SignedDuration = SignedDuration::from_hours(6);
/// An order waits for no other when its dispatch deadline is so near: people are alerted 24 hours ahead.
pub const DEADLINE_MARGIN: SignedDuration = SignedDuration::from_hours(25);
/// TikTok puts no more orders into one parcel.
pub const ORDERS_MAX: usize = 20;

/// How long the lead of a parcel that TikTok refused waits before it puts together the next one.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_mins(1);

/// An order's place in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combination {
    pub group: CombineGroupId,
    /// When the order was first seen in the group.
    pub joined_at: Timestamp,
    /// Until when it waits for more orders, as far as it knows the group.
    pub gathers_until: Timestamp,
    /// Its part in a combined parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ParcelRole>,
}

/// The part of an order in a combined parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "role")]
pub enum ParcelRole {
    /// Its purchase is of the whole parcel.
    Lead(CombinedParcel),
    /// The purchase of `lead` includes it.
    Member { lead: OrderId, parcel: CombinedParcelId },
}

/// A parcel for several orders, kept by its lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinedParcel {
    pub id: CombinedParcelId,
    /// The orders besides the lead.
    pub members: Vec<ParcelMember>,
    /// `None` until the label is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bought: Option<Box<CombinedLabel>>,
}

/// An order that the lead of a parcel has claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelMember {
    pub order: OrderId,
    pub shipment: ShipmentId,
    /// What is in it, see [`crate::order::Order::parcel_fingerprint`].
    pub fingerprint: u64,
}

/// The label of a combined parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinedLabel {
    /// With the cost of the whole parcel.
    pub label: PendingLabel,
    /// The orders that TikTok has put into the package.
    pub orders: Vec<OrderId>,
}

impl Combination {
    /// Corrects times that were stored while the clock was ahead, so that the order does not wait for others until then. True if there
    /// were any.
    pub(crate) fn mend_times(&mut self, now: Timestamp) -> bool {
        let joined = mend(&mut self.joined_at, SignedDuration::ZERO, now);
        mend(&mut self.gathers_until, GATHERING_MAX, now) | joined
    }
}

impl CombinedLabel {
    /// The label as `order` accounts for it: the cost is shared evenly, and what can't be divided is added to the first order's share.
    /// `None` if the order is not in the package.
    pub fn share(&self, order: &OrderId, fingerprint: u64) -> Option<PendingLabel> {
        let place = self.orders.iter().position(|other| other == order)?;
        let number = i64::try_from(self.orders.len()).unwrap_or(i64::MAX).max(1);
        let total = self.label.cost;
        let remainder = if place == 0 { total.minor % number } else { 0 };
        let cost = Money { minor: total.minor / number + remainder, ..total };
        Some(PendingLabel { cost, fingerprint, ..self.label.clone() })
    }
}

/// Until when a group gathers: until it has been quiet, but neither longer than its first order may wait nor into the margin of a
/// deadline.
pub fn gathers_until<'a>(group: impl IntoIterator<Item = &'a OrderRecord>) -> Option<Timestamp> {
    let (mut first, mut last, mut latest) = (None::<Timestamp>, None::<Timestamp>, None::<Timestamp>);
    for record in group {
        let Some(combination) = &record.combination else { continue };
        first = first.into_iter().chain([combination.joined_at]).min();
        last = last.max(Some(combination.joined_at));
        latest = latest.into_iter().chain(waits_until(record.deadline.as_ref())).min();
    }
    let until = later(last?, QUIET).min(later(first?, GATHERING_MAX));
    Some(latest.map_or(until, |latest| until.min(latest)))
}

/// The last moment at which an order with this deadline waits for others.
fn waits_until(deadline: Option<&Deadline>) -> Option<Timestamp> {
    deadline.map(|deadline| deadline.at.saturating_sub(DEADLINE_MARGIN).unwrap_or(Timestamp::MIN))
}

/// The orders of the next parcel among those that may go into it: those that joined first, with the smallest id, which leads, in
/// front. Whoever looks at the same group finds the same lead.
pub fn next_parcel(mut orders: Vec<OrderRecord>) -> Vec<OrderRecord> {
    let joined = |record: &OrderRecord| record.combination.as_ref().map(|combination| combination.joined_at);
    orders.sort_by(|a, b| (joined(a), &a.order.id).cmp(&(joined(b), &b.order.id)));
    orders.truncate(ORDERS_MAX);
    if let Some(lead) = (0..orders.len()).min_by(|a, b| orders[*a].order.id.cmp(&orders[*b].order.id)) {
        orders[..=lead].rotate_right(1);
    }
    orders
}

impl OrderRecord {
    /// Notes the group that TikTok shows for the order. Once the order is claimed for a parcel, or leads one, the group plays no
    /// part until that parcel is bought or given up.
    pub(crate) fn follow_group(&mut self, now: Timestamp) {
        let group = self.order.combine_group.clone().filter(|_| self.is_combinable());
        let is_current = match (&self.combination, &group) {
            (Some(Combination { role: Some(_), .. }), _) => true,
            (Some(combination), Some(group)) => combination.group == *group,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_current {
            return;
        }
        let deadline = self.deadline.as_ref();
        self.combination = group.map(|group| {
            let until = later(now, QUIET);
            let gathers_until = waits_until(deadline).map_or(until, |latest| until.min(latest));
            Combination { group, joined_at: now, gathers_until, role: None }
        });
    }

    /// True for orders whose label can be bought together with others'. Dangerous goods are packed by rules of their own.
    fn is_combinable(&self) -> bool {
        self.route == Some(Route::CreatePackages) && !self.order.items.iter().any(|item| item.is_dangerous)
    }

    /// What the other orders of its group mean for an order that may ship.
    pub(crate) fn waits_for_group(&self, now: Timestamp) -> Option<Shippable> {
        let combination = self.combination.as_ref()?;
        match &combination.role {
            Some(ParcelRole::Lead(_)) => None,
            Some(ParcelRole::Member { .. }) => {
                Some(Shippable::Hold { until: None, why: HoldReason::Combined })
            }
            None => (combination.gathers_until > now).then_some(Shippable::Hold {
                until: Some(combination.gathers_until),
                why: HoldReason::Combining,
            }),
        }
    }

    /// The group under which the order is found by others: until its label is being bought.
    pub fn listed_group(&self) -> Option<&CombineGroupId> {
        let is_open = self.current_shipments().any(is_before_purchase);
        self.combination.as_ref().filter(|_| is_open).map(|combination| &combination.group)
    }

    /// The parcel that the order leads.
    pub fn combined_parcel(&self) -> Option<&CombinedParcel> {
        match self.combination.as_ref()?.role.as_ref()? {
            ParcelRole::Lead(parcel) => Some(parcel),
            ParcelRole::Member { .. } => None,
        }
    }

    /// The parcel that the order leads, to change it.
    pub fn combined_parcel_mut(&mut self) -> Option<&mut CombinedParcel> {
        match self.combination.as_mut()?.role.as_mut()? {
            ParcelRole::Lead(parcel) => Some(parcel),
            ParcelRole::Member { .. } => None,
        }
    }

    /// Gives up the parcel that the order leads, and returns its members. The order waits a moment, so that they are read back before
    /// the next parcel is put together.
    pub fn give_up_parcel(&mut self, now: Timestamp) -> Vec<ParcelMember> {
        let Some(combination) = &mut self.combination else { return Vec::new() };
        match combination.role.take() {
            Some(ParcelRole::Lead(parcel)) => {
                combination.gathers_until = later(now, AFTER_REFUSAL);
                parcel.members
            }
            role => {
                combination.role = role;
                Vec::new()
            }
        }
    }

    /// The lead that has claimed the order, and the parcel.
    pub fn claimed_by(&self) -> Option<(&OrderId, &CombinedParcelId)> {
        match self.combination.as_ref()?.role.as_ref()? {
            ParcelRole::Member { lead, parcel } => Some((lead, parcel)),
            ParcelRole::Lead(_) => None,
        }
    }

    /// True while the order's claim on the members of its parcel holds: it is on its way to the purchase, or through it.
    pub fn leads(&self, parcel: &CombinedParcelId) -> bool {
        let on_its_way = |shipment: &Shipment| {
            matches!(shipment.stage, Stage::Ready | Stage::Rated { .. } | Stage::Buying { .. })
        };
        self.combined_parcel().is_some_and(|own| {
            own.id == *parcel && (own.bought.is_some() || self.current_shipments().any(on_its_way))
        })
    }

    /// Its one shipment, if the order, as it was last read, may go into a parcel that `lead` buys at `now`: the whole order, from the
    /// same warehouse, by the same delivery option.
    pub fn joins(&self, lead: &Self, now: Timestamp) -> Option<&Shipment> {
        let group = |record: &Self| record.combination.as_ref().map(|combination| combination.group.clone());
        let is_alike = group(self).is_some_and(|of_group| {
            group(lead) == Some(of_group.clone()) && self.order.combine_group == Some(of_group)
        });
        let goes_along = is_alike
            && self.is_combinable()
            && self.order.status == OrderStatus::AwaitingShipment
            && self.order.warehouse == lead.order.warehouse
            && self.order.delivery_option == lead.order.delivery_option
            && self.shippable_alone(now) == Shippable::Now;
        let mut current = self.current_shipments();
        match (current.next(), current.next()) {
            (Some(shipment), None) if goes_along && is_before_purchase(shipment) => Some(shipment)
                .filter(|shipment| !matches!(shipment.stage, Stage::Blocked { .. }))
                .filter(|shipment| self.order.part(&shipment.items).is_whole),
            _ => None,
        }
    }
}

fn is_before_purchase(shipment: &Shipment) -> bool {
    matches!(
        shipment.stage,
        Stage::Held { .. } | Stage::Ready | Stage::Rated { .. } | Stage::Blocked { label: None, .. }
    )
}
