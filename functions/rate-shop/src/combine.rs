//! Several orders in one parcel: they wait for each other, one of them claims the others, and they are packed together. The rules
//! are [`domain::combination`].

use std::time::Duration;

use domain::combination::{CombinedParcel, ParcelMember, ParcelRole, gathers_until, next_parcel};
use domain::hold::HoldReason;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::order::LineItem;
use domain::parcel::pack;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, Stage};
use domain::time::later;
use domain::{CombineGroupId, CombinedParcelId, OrderId, OrderKey, ShipmentId, Timestamp};
use jiff::SignedDuration;
use workflow::{Change, StepError, update_order};

use crate::{RateFailure, RateShop};

/// How long an order waits before it looks again whether the lead of its group has claimed it.
const LEAD_PAUSE: SignedDuration = SignedDuration::from_mins(2);

/// With which orders an order ships.
pub(crate) enum Gathered {
    /// With these, which it has claimed; with none, when it ships alone.
    Parcel(Vec<OrderRecord>),
    /// That is not settled yet, or another order leads the parcel.
    Waits,
}

impl RateShop {
    /// Settles with which orders of its group the order ships. The group may be complete, and the order may lead it.
    pub(crate) async fn gather(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shop: &Shop,
    ) -> Result<Gathered, RateFailure> {
        let now = self.clock.now();
        let Some(combination) = &record.combination else { return Ok(Gathered::Parcel(Vec::new())) };
        if joins_its_group(record, now).is_none() {
            return Ok(self.go_alone(target).await?);
        }
        if let Some(claimed) = self.claimed(record, now).await? {
            return Ok(Gathered::Parcel(claimed));
        }
        let group = self.open_group(record, &combination.group).await?;
        let until = gathers_until(group.iter().chain([record])).unwrap_or(now);
        if until > now {
            self.wait(target, until).await?;
            return Ok(Gathered::Waits);
        }
        let mut orders: Vec<OrderRecord> =
            group.into_iter().filter(|other| other.joins(record, now).is_some()).collect();
        orders.push(record.clone());
        let mut orders = next_parcel(orders);
        let lead = &orders[0];
        if lead.order.id != record.order.id {
            // It may not know yet that the group is complete.
            if let Some(shipment) = lead.joins(record, now) {
                let lead = ShipmentRef { key: lead.key(), shipment: shipment.id.clone() };
                self.send(Message::RateRequest(lead)).await?;
            }
            self.wait(target, later(now, LEAD_PAUSE)).await?;
            return Ok(Gathered::Waits);
        }
        let members = orders.split_off(1);
        let members = self.that_fit(record, members, shop).await?;
        Ok(self.claim(target, members, now).await?)
    }

    /// An order that still waits for its group is asked to lead it: it does when the group is complete.
    pub(crate) async fn lead_when_complete(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shop: &Shop,
    ) -> Result<(), RateFailure> {
        match self.gather(target, record, shop).await? {
            // It is read back before it is rated.
            Gathered::Parcel(_) => {
                let read_back = Message::order_change(target.key.clone(), ChangeSource::Timer);
                Ok(self.send(read_back).await?)
            }
            Gathered::Waits => Ok(()),
        }
    }

    /// The order can't be combined after all: TikTok shows no group for it any more, or it is shipped in part.
    async fn go_alone(&self, target: &ShipmentRef) -> Result<Gathered, StepError> {
        let is_ready = update_order(&*self.orders, &target.key, |record| {
            if record.shipment(&target.shipment).is_none_or(|shipment| shipment.stage != Stage::Ready) {
                return Ok(Change::Keep(false));
            }
            match &mut record.combination {
                Some(combination) if combination.role.is_some() => combination.role = None,
                _ => return Ok(Change::Keep(true)),
            }
            Ok(Change::Commit(true))
        })
        .await?;
        Ok(if is_ready { Gathered::Parcel(Vec::new()) } else { Gathered::Waits })
    }

    /// The members of the parcel that the order leads, if all of them are still part of it.
    async fn claimed(
        &self,
        record: &OrderRecord,
        now: Timestamp,
    ) -> Result<Option<Vec<OrderRecord>>, StepError> {
        let Some(parcel) = record.combined_parcel() else { return Ok(None) };
        let mut claimed = Vec::new();
        for member in &parcel.members {
            let stored = self.load_order(record, &member.order).await?;
            let is_ours = |other: &OrderRecord| {
                other.claimed_by() == Some((&record.order.id, &parcel.id))
                    && other.joins(record, now).is_some()
                    && other.order.parcel_fingerprint() == member.fingerprint
            };
            match stored.filter(is_ours) {
                Some(member) => claimed.push(member),
                None => return Ok(None),
            }
        }
        Ok(Some(claimed))
    }

    /// The other orders of the group that belong to no other parcel.
    async fn open_group(
        &self,
        record: &OrderRecord,
        group: &CombineGroupId,
    ) -> Result<Vec<OrderRecord>, StepError> {
        let mut open = Vec::new();
        for key in self.orders.list_group(&record.shop, group).await? {
            if key.order == record.order.id {
                continue;
            }
            // The index lags behind.
            let stored = self.load_order(record, &key.order).await?;
            open.extend(stored.filter(|other| {
                other.listed_group() == Some(group)
                    && other.claimed_by().is_none_or(|(lead, _)| *lead == record.order.id)
            }));
        }
        Ok(open)
    }

    async fn load_order(&self, record: &OrderRecord, id: &OrderId) -> Result<Option<OrderRecord>, StepError> {
        let key = OrderKey::new(record.shop.clone(), id.clone());
        Ok(self.orders.load_order(&key).await?.map(|stored| stored.value))
    }

    /// As many of the members, in their order, as fit into one parcel with the lead. One whose weight is not known ships by itself,
    /// where people are told of it.
    async fn that_fit(
        &self,
        lead: &OrderRecord,
        members: Vec<OrderRecord>,
        shop: &Shop,
    ) -> Result<Vec<OrderRecord>, RateFailure> {
        if members.is_empty() {
            return Ok(members);
        }
        let items: Vec<&LineItem> =
            members.iter().chain([lead]).flat_map(|record| record.order.unshipped()).collect();
        let weights = self.weights(shop, &items).await?;
        let mut packed: Vec<&LineItem> = lead.order.unshipped().collect();
        let mut fitting = Vec::new();
        for member in &members {
            let with: Vec<&LineItem> = packed.iter().copied().chain(member.order.unshipped()).collect();
            if pack(with.iter().copied(), &weights.items).is_ok() {
                packed = with;
                fitting.push(member.order.id.clone());
            }
        }
        Ok(members.into_iter().filter(|member| fitting.contains(&member.order.id)).collect())
    }

    /// Claims the members: first the lead notes them, then each of them notes the lead. One that has changed meanwhile is left out.
    async fn claim(
        &self,
        target: &ShipmentRef,
        members: Vec<OrderRecord>,
        now: Timestamp,
    ) -> Result<Gathered, StepError> {
        let id = CombinedParcelId::new(self.random.purchase_key().as_str());
        let noted: Vec<ParcelMember> = members.iter().filter_map(member).collect();
        if !self.lead(target, &id, &noted, now).await? {
            return Ok(Gathered::Waits);
        }
        let mut claimed = Vec::new();
        for member in members {
            if self.claim_member(target, &id, &member, now).await? {
                claimed.push(member);
            }
        }
        if claimed.len() < noted.len() {
            let left: Vec<ParcelMember> = claimed.iter().filter_map(member).collect();
            if !self.lead(target, &id, &left, now).await? {
                return Ok(Gathered::Waits);
            }
        }
        // Before the purchase each must have been read lately.
        let outdated = claimed.iter().filter(|member| !member.is_fresh(now));
        let read_back: Vec<Message> =
            outdated.map(|member| Message::order_change(member.key(), ChangeSource::Timer)).collect();
        self.queues.send_all(&read_back).await?;
        Ok(Gathered::Parcel(claimed))
    }

    /// Notes at the lead which orders its parcel holds; with none of them it ships alone. False when it has changed meanwhile.
    async fn lead(
        &self,
        target: &ShipmentRef,
        id: &CombinedParcelId,
        members: &[ParcelMember],
        now: Timestamp,
    ) -> Result<bool, StepError> {
        update_order(&*self.orders, &target.key, |record| {
            if record.claimed_by().is_some() || joins_its_group(record, now).is_none() {
                return Ok(Change::Keep(false));
            }
            let Some(combination) = &mut record.combination else { return Ok(Change::Keep(false)) };
            combination.gathers_until = combination.gathers_until.min(now);
            combination.role = (!members.is_empty()).then(|| {
                ParcelRole::Lead(CombinedParcel { id: id.clone(), members: members.to_vec(), bought: None })
            });
            match record.shipment_mut(&target.shipment) {
                Some(shipment) if shipment.stage == Stage::Ready => {}
                Some(shipment) => shipment.apply(Event::Release, now)?,
                None => return Ok(Change::Keep(false)),
            }
            Ok(Change::Commit(true))
        })
        .await
    }

    /// Notes the lead at a member. False when the member has changed since it was looked at.
    async fn claim_member(
        &self,
        target: &ShipmentRef,
        id: &CombinedParcelId,
        seen: &OrderRecord,
        now: Timestamp,
    ) -> Result<bool, StepError> {
        let lead = &target.key.order;
        update_order(&*self.orders, &seen.key(), |record| {
            let is_free = record.claimed_by().is_none_or(|(by, _)| by == lead);
            let is_unchanged = record.joins(seen, now).map(|shipment| &shipment.id)
                == seen.joins(seen, now).map(|shipment| &shipment.id)
                && record.order.parcel_fingerprint() == seen.order.parcel_fingerprint();
            let shipment = record.joins(seen, now).map(|shipment| shipment.id.clone());
            let (Some(shipment), true) = (shipment, is_free && is_unchanged) else {
                return Ok(Change::Keep(false));
            };
            if let Some(combination) = &mut record.combination {
                combination.role = Some(ParcelRole::Member { lead: lead.clone(), parcel: id.clone() });
            }
            hold_combined(record, &shipment, now)?;
            Ok(Change::Commit(true))
        })
        .await
    }

    /// Lets the order wait for its group until then, or until the lead of the group claims it.
    async fn wait(&self, target: &ShipmentRef, until: Timestamp) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            if record.claimed_by().is_some() || joins_its_group(record, now).is_none() {
                return Ok(Change::Keep(()));
            }
            let Some(combination) = &mut record.combination else { return Ok(Change::Keep(())) };
            combination.gathers_until = until;
            combination.role = None;
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(())) };
            shipment.apply(Event::Hold { until: Some(until), why: HoldReason::Combining }, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// Another order's purchase includes this one: takes its share of the label that was bought, or leaves a parcel that does not
    /// hold it any more. While the purchase is under way there is nothing to do.
    pub(crate) async fn follow_lead(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        lead: &OrderId,
        parcel: &CombinedParcelId,
    ) -> Result<(), StepError> {
        let own = &target.key.order;
        let led = self.load_order(record, lead).await?.filter(|lead| lead.leads(parcel));
        let led = led.as_ref().and_then(OrderRecord::combined_parcel);
        let Some(led) = led.filter(|led| led.members.iter().any(|member| member.order == *own)) else {
            return self.leave(target, parcel).await;
        };
        let Some(bought) = &led.bought else { return Ok(()) };
        let now = self.clock.now();
        let Some(share) = bought.share(own, record.order.parcel_fingerprint()) else {
            return self.leave(target, parcel).await;
        };
        let is_taken = update_order(&*self.orders, &target.key, |record| {
            let is_claimed = record.claimed_by().is_some_and(|(_, claimed_for)| claimed_for == parcel);
            let Some(shipment) = record.shipment_mut(&target.shipment).filter(|_| is_claimed) else {
                return Ok(Change::Keep(false));
            };
            if !matches!(shipment.stage, Stage::Held { .. } | Stage::Ready | Stage::Rated { .. }) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Adopt { label: Box::new(share.clone()) }, now)?;
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if !is_taken {
            return Ok(());
        }
        tracing::info!(
            order = %target.key, shipment = %target.shipment, stage = "label_pending", cost = %share.cost,
            lead = %lead, "label of a combined parcel is bought"
        );
        self.send(Message::LabelRequest(target.clone())).await
    }

    /// The order goes on by itself, from what TikTok shows by now.
    async fn leave(&self, target: &ShipmentRef, parcel: &CombinedParcelId) -> Result<(), StepError> {
        let has_left = update_order(&*self.orders, &target.key, |record| {
            let is_claimed = record.claimed_by().is_some_and(|(_, claimed_for)| claimed_for == parcel);
            let Some(combination) = record.combination.as_mut().filter(|_| is_claimed) else {
                return Ok(Change::Keep(false));
            };
            combination.role = None;
            Ok(Change::Commit(true))
        })
        .await?;
        if !has_left {
            return Ok(());
        }
        let read_back = Message::order_change(target.key.clone(), ChangeSource::Timer);
        Ok(self.queues.send(&read_back, Duration::ZERO).await?)
    }
}

/// See [`OrderRecord::joins`].
fn joins_its_group(record: &OrderRecord, now: Timestamp) -> Option<&Shipment> {
    record.joins(record, now)
}

fn member(record: &OrderRecord) -> Option<ParcelMember> {
    let shipment = record.current_shipments().next()?.id.clone();
    let fingerprint = record.order.parcel_fingerprint();
    Some(ParcelMember { order: record.order.id.clone(), shipment, fingerprint })
}

fn hold_combined(record: &mut OrderRecord, shipment: &ShipmentId, now: Timestamp) -> Result<(), StepError> {
    if let Some(shipment) = record.shipment_mut(shipment) {
        shipment.apply(Event::Hold { until: None, why: HoldReason::Combined }, now)?;
    }
    record.refresh_exceptions(now);
    Ok(())
}
