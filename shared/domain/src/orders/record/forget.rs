//! Personal data is deleted some time after an order is over.

use jiff::SignedDuration;

use crate::order::OrderStatus;
use crate::private::Private;
use crate::record::OrderRecord;
use crate::stage::{HazmatSheet, Label, LabelFileState};
use crate::time::later;

impl OrderRecord {
    /// Decides when the personal data is to be deleted: `days` after the last change on TikTok, once nothing is left to do;
    /// `None` is never. Returns whether that differs from before.
    pub fn forget_after(&mut self, days: Option<u16>) -> bool {
        let over = matches!(
            self.order.status,
            OrderStatus::Delivered | OrderStatus::Completed | OrderStatus::Cancelled
        );
        let rests = self.shipments.iter().all(|shipment| shipment.next_check_at.is_none());
        self.forget_if(over && rests, days)
    }

    /// Like [`OrderRecord::forget_after`], for an order of a closed shop: nobody reads its status any more, so that it would
    /// never be over.
    pub fn forget_closed_after(&mut self, days: Option<u16>) -> bool {
        self.forget_if(true, days)
    }

    fn forget_if(&mut self, is_over: bool, days: Option<u16>) -> bool {
        let has_any = self.order.recipient.is_some() || !self.label_files().is_empty();
        let days = days.filter(|_| is_over && has_any);
        let at =
            days.map(|days| later(self.order.updated_at, SignedDuration::from_hours(24 * i64::from(days))));
        std::mem::replace(&mut self.forget_at, at) != at
    }

    /// The names of its label files and sheets, which show the buyer's address.
    pub fn label_files(&self) -> Vec<String> {
        let files = |label: &Label| {
            let label_file = match &label.file {
                LabelFileState::Kept { name } => Some(name.clone()),
                LabelFileState::Pending { .. } | LabelFileState::Removed => None,
            };
            let sheet = match &label.hazmat_sheet {
                HazmatSheet::Kept { name } => Some(name.clone()),
                HazmatSheet::None | HazmatSheet::Pending | HazmatSheet::Removed => None,
            };
            label_file.into_iter().chain(sheet)
        };
        self.shipments.iter().filter_map(|shipment| shipment.stage.label()).flat_map(files).collect()
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
                if label.hazmat_sheet != HazmatSheet::None {
                    label.hazmat_sheet = HazmatSheet::Removed;
                }
            }
            if let Some(event) = shipment.track.as_mut().and_then(|track| track.last_event.as_mut()) {
                event.place = Private::default();
            }
        }
    }
}
