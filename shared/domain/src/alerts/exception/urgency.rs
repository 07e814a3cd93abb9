//! How urgent each kind of exception is, and when people are told of it.

use jiff::SignedDuration;

use super::{ExceptionKind, Priority};

impl ExceptionKind {
    /// For how long it may be open before people are told; `None` for what is only listed.
    pub fn notify_after(self) -> Option<SignedDuration> {
        match self {
            // The parcel does not leave, or the money does not come back, until a person acts.
            Self::AddressIncomplete
            | Self::AddressUndeliverable
            | Self::AddressMismatch
            | Self::ChangedAfterLabel
            | Self::WeightUnknown
            | Self::WarehouseUnknown
            | Self::NoRate
            | Self::PriceIncreased
            | Self::PriceTooHigh
            | Self::PurchaseRefused
            | Self::VoidRefused
            | Self::ProviderUnknown
            | Self::UploadRefused
            | Self::ShippedElsewhere
            | Self::CancelRequested
            | Self::CancellationResponseDue
            | Self::CancelledAfterScan
            | Self::NotSupported
            | Self::RouteUnknown
            | Self::OutOfStock
            | Self::NotLabelled
            | Self::DispatchMissed
            | Self::NotScanned
            | Self::TrackingStalled
            | Self::ParcelReturned
            | Self::RefundOverdue
            | Self::BuyerAsksWhereOrderIs
            | Self::BuyerWantsToCancel
            // The parcel leaves, to the address that the buyer called wrong.
            | Self::BuyerReportsWrongAddress
            // The parcel leaves, but what is wrong can be put right for a short time only: the label can be voided
            // until it is used, the number at TikTok edited for 72 hours.
            | Self::Overcharged
            | Self::UploadWarning
            // Of the shop, or of the whole.
            | Self::ShopUnauthorized
            | Self::AuthorizationEnding
            | Self::TokenRefreshFailing
            | Self::NoNewOrders
            | Self::WebhooksMissed
            | Self::LabelNotAccepted
            | Self::CarrierSuspended
            | Self::ShopNotAllowed
            | Self::AddressUnprintable
            | Self::CustomsFormNeeded
            | Self::TooLargeForOneParcel
            | Self::OrderSearchUnreliable
            | Self::ClockWrong
            | Self::RecipientNotSubscribed
            | Self::DeadLetters
            | Self::RecordsUnreadable => Some(SignedDuration::ZERO),
            // As a rule the carrier's record shows within two minutes what became of it.
            Self::PurchaseUnknown => Some(SignedDuration::from_mins(10)),
            // As a rule these pass by themselves. They open when a step has failed for nearly two minutes.
            Self::ServiceUnavailable | Self::Stuck => Some(SignedDuration::from_mins(8)),
            // A secret that was rotated serves everywhere after a moment; an order that was just placed may show late.
            Self::AppRefused | Self::OrdersUnreadable => Some(SignedDuration::from_mins(5)),
            // Nothing can be done: the fastest service was bought.
            Self::ArrivesLate
            // Nobody can be told that nobody is told: the operator hears of it.
            | Self::AlarmUndelivered => None,
        }
    }

    /// The time in which the orders of a shop are told of together: the first at once, those that follow it in one
    /// message when the time is over. A multiple of a minute that divides an hour or is a day.
    pub fn notify_every(self) -> SignedDuration {
        const MINUTE: SignedDuration = SignedDuration::from_mins(1);
        match self {
            // Minutes count.
            Self::CancellationResponseDue | Self::DispatchMissed | Self::NotScanned => MINUTE,
            // There is one shop, and so one message.
            Self::AuthorizationEnding
            | Self::TokenRefreshFailing
            | Self::NoNewOrders
            | Self::WebhooksMissed
            | Self::CarrierSuspended
            | Self::OrderSearchUnreliable
            | Self::AppRefused
            | Self::OrdersUnreadable
            | Self::ClockWrong
            | Self::AlarmUndelivered
            | Self::RecipientNotSubscribed
            | Self::DeadLetters => MINUTE,
            // It stays until somebody acts; once a day is often enough.
            Self::RecordsUnreadable => SignedDuration::from_hours(24),
            // One cause stops order after order for hours: a carrier's account, a product, a rule.
            Self::AddressIncomplete
            | Self::AddressUndeliverable
            | Self::AddressMismatch
            | Self::ChangedAfterLabel
            | Self::WeightUnknown
            | Self::WarehouseUnknown
            | Self::NoRate
            | Self::ArrivesLate
            | Self::PriceIncreased
            | Self::PriceTooHigh
            | Self::Overcharged
            | Self::PurchaseRefused
            | Self::PurchaseUnknown
            | Self::VoidRefused
            | Self::ProviderUnknown
            | Self::UploadRefused
            | Self::UploadWarning
            | Self::ShippedElsewhere
            | Self::CancelRequested
            | Self::CancelledAfterScan
            | Self::NotSupported
            | Self::RouteUnknown
            | Self::ShopUnauthorized
            | Self::ShopNotAllowed
            | Self::ServiceUnavailable
            | Self::Stuck
            | Self::NotLabelled
            | Self::TrackingStalled
            | Self::ParcelReturned
            | Self::RefundOverdue
            | Self::BuyerAsksWhereOrderIs
            | Self::BuyerReportsWrongAddress
            | Self::BuyerWantsToCancel
            | Self::LabelNotAccepted
            | Self::AddressUnprintable
            | Self::CustomsFormNeeded
            | Self::TooLargeForOneParcel
            | Self::OutOfStock => SignedDuration::from_mins(15),
        }
    }

    /// How urgent it is.
    pub fn priority(self) -> Priority {
        match self {
            Self::ArrivesLate
            | Self::Overcharged
            | Self::UploadWarning
            | Self::RefundOverdue
            | Self::WebhooksMissed => Priority::Notice,
            Self::AddressIncomplete
            | Self::AddressUndeliverable
            | Self::AddressMismatch
            | Self::ChangedAfterLabel
            | Self::WeightUnknown
            | Self::WarehouseUnknown
            | Self::NoRate
            | Self::PriceIncreased
            | Self::PriceTooHigh
            | Self::PurchaseRefused
            | Self::ProviderUnknown
            | Self::UploadRefused
            | Self::NotSupported
            | Self::RouteUnknown
            | Self::ServiceUnavailable
            | Self::Stuck
            | Self::NotLabelled
            | Self::TrackingStalled
            | Self::ParcelReturned
            | Self::BuyerReportsWrongAddress
            | Self::BuyerWantsToCancel
            | Self::OutOfStock
            | Self::AuthorizationEnding
            | Self::NoNewOrders
            | Self::LabelNotAccepted
            | Self::AddressUnprintable
            | Self::CustomsFormNeeded
            | Self::TooLargeForOneParcel
            | Self::OrderSearchUnreliable
            | Self::OrdersUnreadable
            | Self::ClockWrong
            | Self::DeadLetters
            | Self::RecordsUnreadable => Priority::Blocking,
            Self::DispatchMissed
            | Self::NotScanned
            | Self::BuyerAsksWhereOrderIs
            | Self::CancellationResponseDue
            | Self::TokenRefreshFailing
            | Self::AlarmUndelivered
            | Self::RecipientNotSubscribed
            | Self::PurchaseUnknown
            | Self::VoidRefused
            | Self::ShippedElsewhere
            | Self::CarrierSuspended
            | Self::ShopUnauthorized
            | Self::AppRefused
            | Self::ShopNotAllowed
            | Self::CancelRequested
            | Self::CancelledAfterScan => Priority::Urgent,
        }
    }
}
