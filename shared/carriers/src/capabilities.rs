//! What a carrier can do.

use std::time::Duration;

use domain::rates::Carrier;
use jiff::SignedDuration;

/// What a carrier can do and how it protects from a double purchase.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// How a purchase is kept from happening twice.
    pub protection: DoublePurchase,
    /// The label formats it makes.
    pub label_formats: &'static [LabelFormat],
    /// How long a label may be refunded and how long that takes, by the carrier that moves the parcel.
    pub refund_windows: &'static [RefundWindow],
    /// Counted from the moment the purchase was sent: after this a read-back that shows no purchase proves that
    /// there was none.
    pub settle: Duration,
}

impl Capabilities {
    /// Days after the purchase in which `carrier` takes a refund request; `None` where it is not known.
    pub fn refund_days(&self, carrier: Carrier) -> Option<u16> {
        self.refund_window(carrier)?.days
    }

    /// How long after it was asked for a refund that is still [`crate::RefundStatus::Submitted`] is overdue; `None` where
    /// it is not known.
    pub fn refund_overdue_after(&self, carrier: Carrier) -> Option<SignedDuration> {
        let days = self.refund_window(carrier)?.overdue_after_days;
        Some(SignedDuration::from_hours(24 * i64::from(days)))
    }

    fn refund_window(&self, carrier: Carrier) -> Option<&'static RefundWindow> {
        self.refund_windows.iter().find(|window| window.carrier == carrier)
    }
}

/// How a carrier protects from paying twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoublePurchase {
    /// It takes an idempotency key: the same key buys once.
    Key,
    /// It refuses a second purchase with the same reference.
    UniqueReference,
    /// The shipment is made and stored first, then bought by its id, once.
    BuyById,
    /// It does not; what was bought can only be looked up.
    LookupOnly,
}

/// A label format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelFormat {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// Zebra's printer language.
    Zpl,
    /// Eltron's printer language.
    Epl2,
}

/// How long a refund may be asked for, and how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundWindow {
    /// The carrier that moves the parcel.
    pub carrier: Carrier,
    /// Days after the purchase in which it may be asked for; `None` where no limit is documented.
    pub days: Option<u16>,
    /// Days after the request by which it is paid or denied.
    pub overdue_after_days: u16,
}
