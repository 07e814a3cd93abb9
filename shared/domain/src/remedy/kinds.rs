//! Which remedies help against which exception.

use super::RemedyKind as R;
use crate::exception::ExceptionKind;

impl ExceptionKind {
    /// What a person can do about it here, the likeliest first. Empty for what is wrong with a shop or with the whole:
    /// remedies are applied to orders.
    pub fn remedies(self) -> &'static [R] {
        match self {
            Self::AddressIncomplete => {
                &[R::MessageBuyer, R::CorrectAddress, R::Retry, R::CancelAndRefund, R::Acknowledge]
            }
            Self::AddressUndeliverable | Self::AddressMismatch | Self::AddressUnprintable => &[
                R::MessageBuyer,
                R::CorrectAddress,
                R::ConfirmAddress,
                R::Retry,
                R::CancelAndRefund,
                R::Acknowledge,
            ],
            Self::ChangedAfterLabel => &[R::Rerate, R::Retry, R::Void, R::MessageBuyer, R::Acknowledge],
            Self::WeightUnknown | Self::TooLargeForOneParcel | Self::WarehouseUnknown => {
                &[R::Retry, R::CancelAndRefund, R::Acknowledge]
            }
            Self::CustomsFormNeeded => {
                &[R::Retry, R::CorrectAddress, R::MessageBuyer, R::CancelAndRefund, R::Acknowledge]
            }
            Self::NoRate => &[R::Retry, R::CorrectAddress, R::CancelAndRefund, R::Acknowledge],
            Self::ArrivesLate => &[R::Rerate, R::MessageBuyer, R::Acknowledge],
            Self::PriceIncreased => &[R::Rerate, R::Retry, R::CancelAndRefund, R::Acknowledge],
            Self::PriceTooHigh => &[R::Rerate, R::Retry, R::CancelAndRefund, R::Acknowledge],
            Self::Overcharged => &[R::Void, R::Rerate, R::Acknowledge],
            Self::PurchaseRefused => &[R::Retry, R::Rerate, R::CancelAndRefund, R::Acknowledge],
            Self::ProviderUnknown => &[R::Retry, R::Rerate, R::Void, R::CancelAndRefund, R::Acknowledge],
            Self::UploadRefused => &[R::Rerate, R::Retry, R::Void, R::Acknowledge],
            Self::ShippedElsewhere => &[R::Void, R::Acknowledge],
            Self::CancelRequested | Self::CancellationResponseDue => {
                &[R::ApproveCancellation, R::RefuseCancellation, R::MessageBuyer, R::Acknowledge]
            }
            Self::CancelledAfterScan | Self::NotScanned | Self::TrackingStalled | Self::ParcelReturned => {
                &[R::AskCarrier, R::MessageBuyer, R::Acknowledge]
            }
            Self::LabelNotAccepted => {
                &[R::Retry, R::CorrectAddress, R::CancelAndRefund, R::MessageBuyer, R::Acknowledge]
            }
            Self::NotSupported | Self::RouteUnknown => &[R::CancelAndRefund, R::MessageBuyer, R::Acknowledge],
            Self::DispatchMissed | Self::NotLabelled => &[
                R::Retry,
                R::Release,
                R::MarkUrgent,
                R::Rerate,
                R::MessageBuyer,
                R::CancelAndRefund,
                R::Acknowledge,
            ],
            Self::BuyerAsksWhereOrderIs => &[R::MessageBuyer, R::MarkUrgent, R::AskCarrier, R::Acknowledge],
            Self::BuyerReportsWrongAddress => {
                &[R::CorrectAddress, R::MessageBuyer, R::Hold, R::Release, R::Void, R::Acknowledge]
            }
            Self::BuyerWantsToCancel => {
                &[R::CancelAndRefund, R::MessageBuyer, R::Hold, R::Release, R::Void, R::Acknowledge]
            }
            Self::OutOfStock => &[R::Hold, R::Release, R::CancelAndRefund, R::MessageBuyer, R::Acknowledge],
            Self::PurchaseUnknown
            | Self::VoidRefused
            | Self::UploadWarning
            | Self::ServiceUnavailable
            | Self::Stuck
            | Self::RefundOverdue => &[R::Acknowledge],
            Self::ShopUnauthorized
            | Self::ShopNotAllowed
            | Self::AuthorizationEnding
            | Self::TokenRefreshFailing
            | Self::NoNewOrders
            | Self::WebhooksMissed
            | Self::OrderSearchUnreliable
            | Self::AppRefused
            | Self::OrdersUnreadable
            | Self::ClockWrong
            | Self::DeadLetters
            | Self::AlarmUndelivered
            | Self::RecipientNotSubscribed
            | Self::RecordsUnreadable
            | Self::CarrierSuspended => &[],
        }
    }
}
