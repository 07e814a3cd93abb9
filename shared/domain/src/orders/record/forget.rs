//! Personal data is forgotten some time after an order is over.

use jiff::{SignedDuration, Timestamp};

use crate::order::OrderStatus;
use crate::private::Private;
use crate::record::OrderRecord;
use crate::shipment::Shipment;
use crate::stage::LabelFileState;

impl OrderRecord {
    /// Decides when the personal data is to be forgotten: so many days after the last change at TikTok, once nothing is left
    /// to be done; `None` is never. Returns whether that is another moment than before.
    pub fn forget_after(&mut self, days: Option<u16>) -> bool {
        let after = days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let at = after.and_then(|after| self.over_for(after));
        std::mem::replace(&mut self.forget_at, at) != at
    }

    /// When the order has been over for so long.
    fn over_for(&self, after: SignedDuration) -> Option<Timestamp> {
        let over = matches!(
            self.order.status,
            OrderStatus::Delivered | OrderStatus::Completed | OrderStatus::Cancelled
        );
        let has_any = self.order.recipient.is_some() || !self.label_files().is_empty();
        let rests = self.shipments.iter().all(|shipment| shipment.next_check_at.is_none());
        (over && rests && has_any)
            .then(|| self.order.updated_at.saturating_add(after).unwrap_or(Timestamp::MAX))
    }

    /// The files of its labels: they show the buyer's address.
    pub fn label_files(&self) -> Vec<String> {
        let file = |shipment: &Shipment| match &shipment.stage.label()?.file {
            LabelFileState::Kept { name } => Some(name.clone()),
            LabelFileState::Pending { .. } | LabelFileState::Removed => None,
        };
        self.shipments.iter().filter_map(file).collect()
    }

    /// Forgets name, address and messages of the buyer. The files of the labels must be gone before.
    pub fn forget(&mut self) {
        self.forget_at = None;
        self.order.recipient = None;
        self.order.buyer_message = Private::default();
        self.order.seller_note = Private::default();
        self.overrides.correction = None;
        self.overrides.confirmed = None;
        for shipment in &mut self.shipments {
            if let Some(label) = shipment.stage.label_mut() {
                label.file = LabelFileState::Removed;
            }
            if let Some(event) = shipment.track.as_mut().and_then(|track| track.last_event.as_mut()) {
                event.place = Private::default();
            }
        }
    }
}
