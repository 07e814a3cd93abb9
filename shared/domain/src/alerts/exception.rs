//! Exceptions: what a person has to look at. Opened and closed by conditions, never lost.

mod remedy;
mod urgency;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::ShipmentId;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The address lacks a field that a label needs.
    AddressIncomplete,
    /// The carrier's verification says that nothing can be delivered there.
    AddressUndeliverable,
    /// The address or the items changed after the label was bought.
    ChangedAfterLabel,
    /// No weight is known for an item.
    WeightUnknown,
    /// The order's warehouse has no address that a label could be sent from.
    WarehouseUnknown,
    /// No rate can be bought.
    NoRate,
    /// Everything arrives late; the fastest was taken.
    ArrivesLate,
    /// The label became dearer than the quote by more than the tolerance.
    PriceIncreased,
    /// Every label that could be bought costs more than the highest price of the rate rules.
    PriceTooHigh,
    /// The carrier charged more than the quote and the tolerance.
    Overcharged,
    /// The carrier refused to sell the label.
    PurchaseRefused,
    /// It is not known whether a label was bought.
    PurchaseUnknown,
    /// The carrier did not void the label of a cancelled order.
    VoidRefused,
    /// TikTok has no shipping provider for the label's carrier.
    ProviderUnknown,
    /// TikTok refused the tracking number.
    UploadRefused,
    /// TikTok took the tracking number with a warning, which puts the valid tracking rate at risk.
    UploadWarning,
    /// The order was shipped with another tracking number while we hold a label for it.
    ShippedElsewhere,
    /// The buyer asked to cancel; nothing is bought or uploaded until the seller has answered at TikTok.
    CancelRequested,
    /// The order was cancelled after the carrier's scan.
    CancelledAfterScan,
    /// The order ships in a way that this version does not support; a person has to ship it.
    NotSupported,
    /// TikTok does not say who ships the order, or says it in a way that is not known here.
    RouteUnknown,
    /// The shop has to be connected again.
    ShopUnauthorized,
    /// An outside service has failed us for longer than we may wait in silence.
    ServiceUnavailable,
    /// The shipment does not move although it was sent again several times.
    Stuck,
    /// The dispatch deadline has passed and the order is not shipped.
    DispatchMissed,
    /// The order was paid two days ago and has no label.
    NotLabelled,
    /// TikTok has the tracking number, and no scan of the carrier, and the collection deadline is near.
    NotScanned,
    /// The parcel is on its way and its carrier has told nothing of it for long.
    TrackingStalled,
    /// The carrier returns the parcel, or could not deliver it.
    ParcelReturned,
    /// The state of the address and its postal code contradict each other.
    AddressMismatch,
    /// The buyer asks in the chat when the order is shipped.
    BuyerAsksWhereOrderIs,
    /// The answer to a request to cancel is due soon.
    CancellationResponseDue,
    /// The buyer says in the chat that the address is wrong.
    BuyerReportsWrongAddress,
    /// The buyer asks in the chat to cancel.
    BuyerWantsToCancel,
    /// TikTok's inventory has no unit for the order.
    OutOfStock,
    /// The refund of a voided label does not come.
    RefundOverdue,
    /// The seller's authorisation of the shop ends soon.
    AuthorizationEnding,
    /// The shop's tokens can't be renewed.
    TokenRefreshFailing,
    /// The shop has had no order for much longer than usual.
    NoNewOrders,
    /// Polls find changes that no webhook told.
    WebhooksMissed,
    /// The address holds letters that no label prints, and what is left of it names no person or place.
    AddressUnprintable,
    /// The destination needs a customs form, which the settings do not allow to be made.
    CustomsFormNeeded,
    /// The items together are heavier or larger than any carrier takes in one parcel.
    TooLargeForOneParcel,
    /// TikTok's search for changed orders has no proper end: it repeats itself, or gives pages without end.
    OrderSearchUnreliable,
    /// A message was given up after too many attempts.
    DeadLetters,
    /// An alarm of the shop has reached nobody.
    AlarmUndelivered,
    /// E-mails to a recipient of the settings reach nobody: their subscription is missing or not confirmed.
    RecipientNotSubscribed,
    /// A record of the shop or of its orders that is stored can't be read.
    RecordsUnreadable,
    /// TikTok accepts none of the labels that could be bought for the order.
    LabelNotAccepted,
    /// A carrier's labels were refused several times in a row; the shop buys none of them for a while.
    CarrierSuspended,
    /// TikTok refuses the app's calls, whatever they ask: signature, time, app key, version.
    AppRefused,
    /// Orders that TikTok told of can't be read.
    OrdersUnreadable,
    /// The clock of this machine is wrong.
    ClockWrong,
    /// A shop was connected that the operator's list of shops does not name.
    ShopNotAllowed,
}

/// How urgent an exception is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Worth knowing; the order is on its way.
    Notice,
    /// The order does not move until somebody acts.
    Blocking,
    /// Money or the shop's standing is at risk now.
    Urgent,
}

impl ExceptionKind {
    /// Every kind. A test compares it with what the stored form knows.
    pub const ALL: &[Self] = &[
        Self::AddressIncomplete,
        Self::AddressUndeliverable,
        Self::ChangedAfterLabel,
        Self::WeightUnknown,
        Self::WarehouseUnknown,
        Self::NoRate,
        Self::ArrivesLate,
        Self::PriceIncreased,
        Self::PriceTooHigh,
        Self::Overcharged,
        Self::PurchaseRefused,
        Self::PurchaseUnknown,
        Self::VoidRefused,
        Self::ProviderUnknown,
        Self::UploadRefused,
        Self::UploadWarning,
        Self::ShippedElsewhere,
        Self::CancelRequested,
        Self::CancelledAfterScan,
        Self::NotSupported,
        Self::RouteUnknown,
        Self::ShopUnauthorized,
        Self::ServiceUnavailable,
        Self::Stuck,
        Self::DispatchMissed,
        Self::NotLabelled,
        Self::NotScanned,
        Self::TrackingStalled,
        Self::ParcelReturned,
        Self::AddressMismatch,
        Self::BuyerAsksWhereOrderIs,
        Self::CancellationResponseDue,
        Self::BuyerReportsWrongAddress,
        Self::BuyerWantsToCancel,
        Self::OutOfStock,
        Self::RefundOverdue,
        Self::AuthorizationEnding,
        Self::TokenRefreshFailing,
        Self::NoNewOrders,
        Self::WebhooksMissed,
        Self::AddressUnprintable,
        Self::CustomsFormNeeded,
        Self::TooLargeForOneParcel,
        Self::OrderSearchUnreliable,
        Self::DeadLetters,
        Self::AlarmUndelivered,
        Self::RecipientNotSubscribed,
        Self::RecordsUnreadable,
        Self::LabelNotAccepted,
        Self::CarrierSuspended,
        Self::AppRefused,
        Self::OrdersUnreadable,
        Self::ClockWrong,
        Self::ShopNotAllowed,
    ];

    /// Its name, as stored, listed and logged.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddressIncomplete => "address_incomplete",
            Self::AddressUndeliverable => "address_undeliverable",
            Self::ChangedAfterLabel => "changed_after_label",
            Self::WeightUnknown => "weight_unknown",
            Self::WarehouseUnknown => "warehouse_unknown",
            Self::NoRate => "no_rate",
            Self::ArrivesLate => "arrives_late",
            Self::PriceIncreased => "price_increased",
            Self::PriceTooHigh => "price_too_high",
            Self::Overcharged => "overcharged",
            Self::PurchaseRefused => "purchase_refused",
            Self::PurchaseUnknown => "purchase_unknown",
            Self::VoidRefused => "void_refused",
            Self::ProviderUnknown => "provider_unknown",
            Self::UploadRefused => "upload_refused",
            Self::UploadWarning => "upload_warning",
            Self::ShippedElsewhere => "shipped_elsewhere",
            Self::CancelRequested => "cancel_requested",
            Self::CancelledAfterScan => "cancelled_after_scan",
            Self::NotSupported => "not_supported",
            Self::RouteUnknown => "route_unknown",
            Self::ShopUnauthorized => "shop_unauthorized",
            Self::ServiceUnavailable => "service_unavailable",
            Self::Stuck => "stuck",
            Self::DispatchMissed => "dispatch_missed",
            Self::NotLabelled => "not_labelled",
            Self::NotScanned => "not_scanned",
            Self::TrackingStalled => "tracking_stalled",
            Self::ParcelReturned => "parcel_returned",
            Self::AddressMismatch => "address_mismatch",
            Self::BuyerAsksWhereOrderIs => "buyer_asks_where_order_is",
            Self::CancellationResponseDue => "cancellation_response_due",
            Self::BuyerReportsWrongAddress => "buyer_reports_wrong_address",
            Self::BuyerWantsToCancel => "buyer_wants_to_cancel",
            Self::OutOfStock => "out_of_stock",
            Self::RefundOverdue => "refund_overdue",
            Self::AuthorizationEnding => "authorization_ending",
            Self::TokenRefreshFailing => "token_refresh_failing",
            Self::NoNewOrders => "no_new_orders",
            Self::WebhooksMissed => "webhooks_missed",
            Self::AddressUnprintable => "address_unprintable",
            Self::CustomsFormNeeded => "customs_form_needed",
            Self::TooLargeForOneParcel => "too_large_for_one_parcel",
            Self::OrderSearchUnreliable => "order_search_unreliable",
            Self::DeadLetters => "dead_letters",
            Self::AlarmUndelivered => "alarm_undelivered",
            Self::RecipientNotSubscribed => "recipient_not_subscribed",
            Self::RecordsUnreadable => "records_unreadable",
            Self::LabelNotAccepted => "label_not_accepted",
            Self::CarrierSuspended => "carrier_suspended",
            Self::AppRefused => "app_refused",
            Self::OrdersUnreadable => "orders_unreadable",
            Self::ClockWrong => "clock_wrong",
            Self::ShopNotAllowed => "shop_not_allowed",
        }
    }
}

/// One exception of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is wrong.
    pub kind: ExceptionKind,
    /// Which shipment; `None` for the order as a whole.
    pub shipment: Option<ShipmentId>,
    /// What is known of it, without personal data.
    pub detail: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// When its condition ended.
    pub closed_at: Option<Timestamp>,
    /// What was done about it, the latest last.
    #[serde(default)]
    pub history: Vec<HistoryEntry>,
}

/// Something that was done about an exception, or that changed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// What, without personal data.
    pub what: String,
}

/// The most notes that an exception keeps: one that changes for days must not outgrow its record.
const NOTES_MAX: usize = 20;

impl Exception {
    /// For how long it has been open, or was.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        self.closed_at.unwrap_or(now).duration_since(self.opened_at)
    }

    /// Notes what was done; the oldest note goes when there are too many.
    pub fn note(&mut self, what: impl Into<String>, now: Timestamp) {
        if self.history.len() >= NOTES_MAX {
            self.history.remove(0);
        }
        self.history.push(HistoryEntry { at: now, what: what.into() });
    }

    /// True for the open exception of this kind and shipment.
    fn is(&self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.closed_at.is_none() && self.kind == kind && self.shipment.as_ref() == shipment
    }
}

/// Opens an exception; one that is open already keeps its age and takes the new detail.
pub fn open(
    exceptions: &mut Vec<Exception>,
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    detail: String,
    now: Timestamp,
) {
    match exceptions.iter_mut().find(|exception| exception.is(kind, shipment)) {
        Some(exception) if exception.detail == detail => {}
        Some(exception) => {
            let before = std::mem::replace(&mut exception.detail, detail);
            exception.note(format!("Before: {before}"), now);
        }
        None => exceptions.push(Exception {
            kind,
            shipment: shipment.cloned(),
            detail,
            opened_at: now,
            closed_at: None,
            history: Vec::new(),
        }),
    }
}

/// Closes an exception, if it is open.
pub fn close(
    exceptions: &mut [Exception],
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    now: Timestamp,
) {
    if let Some(exception) = exceptions.iter_mut().find(|exception| exception.is(kind, shipment)) {
        exception.closed_at = Some(now);
    }
}
