//! A parcel for several orders: before the purchase each of them is looked at once more, and afterwards each is told.

use std::time::Duration;

use domain::combination::{CombinedParcel, ParcelMember};
use domain::hold::Shippable;
use domain::message::{ChangeSource, Message, ShipmentRef};
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, Timestamp};
use workflow::StepError;

use crate::LabelCreate;

/// The pause before the purchase is tried again whose orders are being read back.
const READ_BACK_PAUSE: Duration = Duration::from_secs(3);

/// Whether a purchase may include the other orders of its parcel.
pub(crate) enum ParcelCheck {
    /// It may, and these are all of them; none for an order that ships alone.
    Complete(Vec<OrderId>),
    /// Some were last read too long ago. They are read back, and the purchase is tried again.
    ReadBack,
    /// One has left, or has changed: the parcel that was rated does not exist any more.
    Broken,
}

impl LabelCreate {
    /// Looks at the other orders of the parcel that `record` leads.
    pub(crate) async fn check_parcel(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        now: Timestamp,
    ) -> Result<ParcelCheck, StepError> {
        let Some(parcel) = record.combined_parcel() else { return Ok(ParcelCheck::Complete(Vec::new())) };
        let mut outdated = Vec::new();
        for member in &parcel.members {
            let key = OrderKey::new(target.key.shop.clone(), member.order.clone());
            let stored = self.orders.load_order(&key).await?;
            let Some(stored) = stored.filter(|stored| belongs(&stored.value, member, parcel, record, now))
            else {
                return Ok(ParcelCheck::Broken);
            };
            if !stored.value.is_fresh(now) {
                outdated.push(Message::order_change(key, ChangeSource::Timer));
            }
        }
        if outdated.is_empty() {
            return Ok(ParcelCheck::Complete(parcel.members.iter().map(|m| m.order.clone()).collect()));
        }
        self.queues.send_all(&outdated).await?;
        self.queues.send(&Message::LabelRequest(target.clone()), READ_BACK_PAUSE).await?;
        Ok(ParcelCheck::ReadBack)
    }

    /// Has the other orders of a parcel read back.
    pub(crate) async fn read_back_members(
        &self,
        target: &ShipmentRef,
        members: &[ParcelMember],
    ) -> Result<(), StepError> {
        let key = |member: &ParcelMember| OrderKey::new(target.key.shop.clone(), member.order.clone());
        let read_back = |member| Message::order_change(key(member), ChangeSource::Timer);
        let messages: Vec<Message> = members.iter().map(read_back).collect();
        Ok(self.queues.send_all(&messages).await?)
    }

    /// Has the other orders of a parcel look at what was bought.
    pub(crate) async fn tell_members(
        &self,
        target: &ShipmentRef,
        members: &[ParcelMember],
    ) -> Result<(), StepError> {
        let messages: Vec<Message> = members
            .iter()
            .map(|ParcelMember { order, shipment, .. }| {
                let key = OrderKey::new(target.key.shop.clone(), order.clone());
                Message::RateRequest(ShipmentRef { key, shipment: shipment.clone() })
            })
            .collect();
        Ok(self.queues.send_all(&messages).await?)
    }
}

/// True while an order is claimed for the parcel, may ship, and is what was rated.
fn belongs(
    record: &OrderRecord,
    member: &ParcelMember,
    parcel: &CombinedParcel,
    lead: &OrderRecord,
    now: Timestamp,
) -> bool {
    record.claimed_by() == Some((&lead.order.id, &parcel.id))
        && record.order.combine_group == lead.order.combine_group
        && record.order.parcel_fingerprint() == member.fingerprint
        && record.shippable_alone(now) == Shippable::Now
}
