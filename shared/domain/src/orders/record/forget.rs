//! Personal data is deleted some time after an order is over.

use jiff::{SignedDuration, Timestamp};

use crate::order::OrderStatus;
use crate::private::Private;
use crate::record::OrderRecord;
use crate::shipment::Shipment;
use crate::stage::LabelFileState;
use crate::time::later;

impl OrderRecord {
    /// Decides when the personal data is to be deleted: `days` after the last change on TikTok, once nothing is left to do;
    /// `None` is never. Returns whether that differs from before.
    pub fn forget_after(&mut self, days: Option<u16>) -> bool {
        let after = days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let at = after.and_then(|after| self.over_for(after));
        std::mem::replace(&mut self.forget_at, at) != at
    }

    /// When the order will have been over for this long.
    fn over_for(&self, after: SignedDuration) -> Option<Timestamp> {
        let over = matches!(
            self.order.status,
            OrderStatus::Delivered | OrderStatus::Completed | OrderStatus::Cancelled
        );
        let has_any = self.order.recipient.is_some() || !self.label_files().is_empty();
        let rests = self.shipments.iter().all(|shipment| shipment.next_check_at.is_none());
        (over && rests && has_any).then(|| later(self.order.updated_at, after))
    }

    /// The names of its label files, which show the buyer's address.
    pub fn label_files(&self) -> Vec<String> {
        let file = |shipment: &Shipment| match &shipment.stage.label()?.file {
            LabelFileState::Kept { name } => Some(name.clone()),
            LabelFileState::Pending { .. } | LabelFileState::Removed => None,
        };
        self.shipments.iter().filter_map(file).collect()
    }

    /// Deletes the buyer's name, address and messages. The label files must have been deleted before.
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
