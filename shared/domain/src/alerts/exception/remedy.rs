//! What people can do about each kind of exception.

use super::ExceptionKind;

impl ExceptionKind {
    /// What a person can do about it: the action to take, and what happens by itself.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::AddressIncomplete => {
                "Ask the buyer to complete the address at TikTok, or correct it here. The order continues by itself \
                 when the address changes."
            }
            Self::AddressUndeliverable => {
                "If the address is right, confirm it. If not, correct it here, or ask the buyer to at TikTok: the order \
                 continues by itself when the address changes."
            }
            Self::AddressMismatch => {
                "State and postal code contradict each other. If the address is right, confirm it. If not, correct it \
                 here, or ask the buyer to at TikTok: the order continues by itself when the address changes."
            }
            Self::ChangedAfterLabel => {
                "Rerate the order: its label is voided and one for the new address or items is bought. Or retry it: \
                 it ships with the label it has."
            }
            Self::WeightUnknown => {
                "Enter the package weight of the product in the Seller Center or import it, then retry the order."
            }
            Self::WarehouseUnknown => {
                "Complete the warehouse's address in the Seller Center, connect the shop again, then retry the order."
            }
            Self::NoRate => {
                "Change what rules the services out (weight or size of the product, the rate rules, the carrier \
                 accounts), then retry the order. If nothing carries the parcel, ship it in the Seller Center or \
                 cancel it."
            }
            Self::ArrivesLate => "Nothing to do: the fastest service was bought. You may tell the buyer.",
            Self::PriceIncreased => {
                "Rerate the order to accept today's price. If prices keep rising, raise the tolerance in the rate \
                 rules."
            }
            Self::PriceTooHigh => {
                "If the lowest price that the detail names is right, rerate the order to accept it. If weight or size \
                 are wrong, correct them, or raise max_cost in the rate rules; then retry the order."
            }
            Self::Overcharged => {
                "Compare the carrier's charge with the quote. Until the tracking number is at TikTok, the label can \
                 be voided."
            }
            Self::PurchaseRefused => {
                "Nothing was bought. If the carrier names balance or account, fix that and retry the order. Any other \
                 label that was refused is not asked for again: change the address or the items, enable another \
                 service and retry, or ship it in the Seller Center."
            }
            Self::PurchaseUnknown => {
                "Nothing is bought again until this is known. As a rule it resolves by itself; if it lasts, look the \
                 shipment up at the carrier."
            }
            Self::VoidRefused => "Ask the carrier to refund the label, which was not used.",
            Self::ProviderUnknown => {
                "Allow a carrier in the delivery option in the Seller Center, then retry the order: TikTok is asked \
                 again. If its label is bought already, rerate it to buy one of another carrier."
            }
            Self::UploadRefused => {
                "The label is paid. Fix what TikTok names and retry the order; or rerate it to buy another label; or \
                 void the label and ship in the Seller Center."
            }
            Self::UploadWarning => {
                "Check carrier and tracking number in the Seller Center, where they can be edited for 72 hours."
            }
            Self::ShippedElsewhere => {
                "If the other number is on the parcel, void our label. If ours is, correct the number in the Seller \
                 Center."
            }
            Self::CancelRequested => {
                "Approve or refuse the cancellation. Until then nothing is bought or uploaded for the order."
            }
            Self::CancelledAfterScan => {
                "Ask the carrier to stop or return the parcel: the buyer is refunded and would get it for nothing."
            }
            Self::NotSupported => "Punctual can't ship this order. Ship it in the Seller Center.",
            Self::RouteUnknown => {
                "No label is bought. Look in the Seller Center who ships the order, and ship it there if it is you. \
                 It continues by itself as soon as TikTok says who ships it."
            }
            Self::ShopUnauthorized => "Connect the shop again. Its orders then continue by themselves.",
            Self::ServiceUnavailable => {
                "It is tried again and continues by itself. If it lasts, check the service's status page and your \
                 account there, and ship what is urgent in the Seller Center."
            }
            Self::Stuck => {
                "It is tried again by itself. If it lasts, have the log and the dead letters looked through for the \
                 order."
            }
            Self::DispatchMissed => "Ship it now, or cancel it before TikTok does.",
            Self::NotLabelled => "See what stops it: its stage and its other exceptions say so.",
            Self::NotScanned => {
                "Hand the parcel over and have it scanned. If that is done, ask the carrier for its scan."
            }
            Self::TrackingStalled => "Ask the carrier where the parcel is, and tell the buyer.",
            Self::ParcelReturned => "Ask the buyer for a correct address, then ship again or refund.",
            Self::BuyerAsksWhereOrderIs => "Ship the order, and answer the buyer or say when it ships.",
            Self::CancellationResponseDue => {
                "Approve or refuse the cancellation now: without an answer TikTok decides."
            }
            Self::BuyerReportsWrongAddress => {
                "Read the chat, then correct the address here or ask the buyer to change it at TikTok. Nothing waits \
                 for it unless you hold the order."
            }
            Self::BuyerWantsToCancel => {
                "Cancel and refund the order, or ask the buyer to cancel it at TikTok. It ships meanwhile unless you \
                 hold it."
            }
            Self::OutOfStock => {
                "Restock the product at TikTok: the order continues by itself within an hour. Or cancel and refund it."
            }
            Self::RefundOverdue => "Ask the carrier for the refund of the label.",
            Self::AuthorizationEnding => "Connect the shop again before the authorisation ends.",
            Self::TokenRefreshFailing => "Check TikTok's status page. If it lasts, connect the shop again.",
            Self::NoNewOrders => "Check in the Seller Center that the shop and its products are live.",
            Self::WebhooksMissed => {
                "Check the webhook URL in the Partner Center and the log of its deliveries. Polling finds the orders \
                 meanwhile."
            }
            Self::AddressUnprintable => {
                "Write the address in Latin letters, confirm what can be printed of it, or ask the buyer."
            }
            Self::CustomsFormNeeded => {
                "Enter in the settings what the customs form needs, then retry the order. Or ship it in the Seller Center."
            }
            Self::TooLargeForOneParcel => {
                "Ship it as several parcels in the Seller Center. If weights or sizes are wrong, correct them and retry the order."
            }
            Self::OrderSearchUnreliable => {
                "Look at TikTok's status page. New orders are still found; what could not be read is read again by itself."
            }
            Self::DeadLetters => {
                "Read the dead letters and the log, fix the cause, then move the messages back."
            }
            Self::AlarmUndelivered => {
                "Mend what keeps messages from being sent, or name somebody in the settings. What is still true is \
                 then told by itself. Until then look at the list."
            }
            Self::RecipientNotSubscribed => {
                "Have the recipient subscribe to the topic of the alarms and confirm it, or take them out of the settings."
            }
            Self::RecordsUnreadable => {
                "Nothing is done for them meanwhile: ship what is urgent in the Seller Center. If Punctual was rolled \
                 back, start the newer version again; else restore a backup."
            }
            Self::LabelNotAccepted => {
                "Ship the order with TikTok's label in the Seller Center. Or enable a carrier that TikTok accepts, then \
                 retry the order."
            }
            Self::CarrierSuspended => {
                "Fix the cause at the carrier or at TikTok, then retry an order that waits for it. Other carriers are \
                 used meanwhile."
            }
            Self::AppRefused => {
                "Check the app's key and secret, this machine's clock, and the app in the Partner Center. Orders wait, and \
                 continue by themselves when TikTok takes the calls again."
            }
            Self::OrdersUnreadable => {
                "Ship these orders in the Seller Center if they are urgent. They are read again by themselves."
            }
            Self::ClockWrong => "Set the clock of this machine, and let it be kept by NTP.",
            Self::ShopNotAllowed => {
                "If the shop is yours, add its id to allowed_shops in the settings. If not, disconnect it."
            }
        }
    }
}
