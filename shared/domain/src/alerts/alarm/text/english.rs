//! The words of an alarm in English.

use super::hours;
use crate::alarm::AlarmKind;
use crate::exception::ExceptionKind;

/// What happened, in one line without a full stop.
pub(super) fn headline(kind: AlarmKind, count: usize) -> String {
    let kind = match kind {
        AlarmKind::Dispatch(level) => {
            return format!("{} must be shipped within {} hours", orders(count), hours(level));
        }
        AlarmKind::Exception(kind) => kind,
    };
    let what = match kind {
        ExceptionKind::AddressIncomplete => "the address is incomplete",
        ExceptionKind::AddressUndeliverable => "the address can't be delivered to",
        ExceptionKind::AddressMismatch => "state and postal code contradict each other",
        ExceptionKind::ChangedAfterLabel => "address or items changed after the label was bought",
        ExceptionKind::WeightUnknown => "the weight of a product is unknown",
        ExceptionKind::WarehouseUnknown => "the warehouse has no usable address",
        ExceptionKind::NoRate => "no service can carry the parcel",
        ExceptionKind::ArrivesLate => "no service arrives in time, the fastest was bought",
        ExceptionKind::PriceIncreased => "the label became dearer than the quote",
        ExceptionKind::PriceTooHigh => "every label costs more than the highest price of the rate rules",
        ExceptionKind::Overcharged => "the carrier charged more than the quote",
        ExceptionKind::PurchaseRefused => "the carrier refused to sell the label",
        ExceptionKind::PurchaseUnknown => "it is not known whether a label was bought",
        ExceptionKind::VoidRefused => "the carrier did not take back the label",
        ExceptionKind::ProviderUnknown => "TikTok lists no carrier for the order that could take it",
        ExceptionKind::UploadRefused => "TikTok refused the tracking number",
        ExceptionKind::UploadWarning => "TikTok doubts the tracking number",
        ExceptionKind::ShippedElsewhere => "shipped with another tracking number than our label's",
        ExceptionKind::CancelRequested => "the buyer asks to cancel and waits for an answer",
        ExceptionKind::CancelledAfterScan => "cancelled when the parcel was on its way",
        ExceptionKind::NotSupported => "Punctual can't ship this kind of order",
        ExceptionKind::RouteUnknown => "TikTok does not say who ships the order",
        ExceptionKind::ServiceUnavailable => "an outside service has failed for about 10 minutes",
        ExceptionKind::Stuck => "the order has not moved for about 10 minutes",
        ExceptionKind::DispatchMissed => "the dispatch deadline has passed",
        ExceptionKind::NotLabelled => "paid 48 hours ago and still without a label",
        ExceptionKind::NotScanned => "no carrier scan, and the collection deadline is 6 hours away",
        ExceptionKind::TrackingStalled => "no tracking event for 72 hours",
        ExceptionKind::ParcelReturned => "the parcel was not delivered or comes back",
        ExceptionKind::BuyerAsksWhereOrderIs => "the buyer asks when the order ships",
        ExceptionKind::CancellationResponseDue => "the answer to a request to cancel is due",
        ExceptionKind::BuyerReportsWrongAddress => "the buyer writes that the address is wrong",
        ExceptionKind::BuyerWantsToCancel => "the buyer writes that they want to cancel",
        ExceptionKind::OutOfStock => "out of stock",
        ExceptionKind::RefundOverdue => "the refund of a voided label is overdue",
        ExceptionKind::ShopUnauthorized => "the shop has to be connected again",
        ExceptionKind::AuthorizationEnding => "the authorisation ends soon",
        ExceptionKind::TokenRefreshFailing => "the tokens can't be renewed",
        ExceptionKind::NoNewOrders => "no order for much longer than usual",
        ExceptionKind::WebhooksMissed => "TikTok's webhooks do not arrive",
        ExceptionKind::LabelNotAccepted => "TikTok accepts none of the labels that could be bought",
        ExceptionKind::CarrierSuspended => {
            "a carrier's labels were refused several times in a row; no more are bought for now"
        }
        ExceptionKind::ShopNotAllowed => "a shop was connected that is not on the list of allowed shops",
        ExceptionKind::AddressUnprintable => "a label can't print the address",
        ExceptionKind::CustomsFormNeeded => "a customs form is needed",
        ExceptionKind::TooLargeForOneParcel => "too large for one parcel",
        ExceptionKind::OrderSearchUnreliable => "TikTok's search for orders can't be read to its end",
        ExceptionKind::AppRefused => "TikTok refuses our calls",
        ExceptionKind::OrdersUnreadable => "TikTok's answers for some orders can't be read",
        ExceptionKind::ClockWrong => "the clock of this machine is wrong",
        ExceptionKind::DeadLetters => "messages were given up after repeated failures",
        ExceptionKind::AlarmUndelivered => "an alarm has reached nobody",
        ExceptionKind::RecipientNotSubscribed => "a recipient does not get alarms by e-mail",
        ExceptionKind::RecordsUnreadable => "stored records can't be read",
    };
    match count {
        // It is about the shop.
        0 => what.to_owned(),
        _ => format!("{}: {what}", orders(count)),
    }
}

fn orders(count: usize) -> String {
    match count {
        1 => "1 order".to_owned(),
        _ => format!("{count} orders"),
    }
}

/// What can be done about it.
pub(super) fn advice(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Dispatch(_) => {
            "Ship them, or see in the list why they wait. Acknowledge an order to hear no more of its deadline."
        }
        AlarmKind::Exception(kind) => kind.remedy(),
    }
}
