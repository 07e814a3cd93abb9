//! What people read of a carrier's refusal.

use carriers::{CarrierCode, Rejection};
use domain::CarrierText;
use domain::address::Address;
use domain::message::ShipmentRef;
use workflow::StepError;

use crate::LabelCreate;

impl LabelCreate {
    /// What a refusal to sell means, with its code and the carrier's text.
    pub(crate) async fn rejection_detail(
        &self,
        target: &ShipmentRef,
        rejection: &Rejection,
        code: &CarrierCode,
        text: &CarrierText,
    ) -> Result<String, StepError> {
        let sentence = match rejection {
            // The carrier's own code says all there is.
            Rejection::Carrier { code } => format!("The carrier refused with {code}."),
            Rejection::OrderState => {
                format!("TikTok sells no label for the order as it stands ({code}). It is read back.")
            }
            Rejection::Precondition => {
                format!("Before TikTok ships the order, {} in Seller Center ({code}).", precondition(code))
            }
            Rejection::Funds
            | Rejection::Account
            | Rejection::Address
            | Rejection::AddressField
            | Rejection::QuoteGone
            | Rejection::Request => format!("The carrier refused: {rejection} ({code})."),
        };
        self.with_carrier_text(target, sentence, text).await
    }

    /// `sentence`, followed by the carrier's text if there is one, without the addresses of the buyer and of the shop's
    /// warehouses.
    pub(crate) async fn with_carrier_text(
        &self,
        target: &ShipmentRef,
        sentence: String,
        text: &CarrierText,
    ) -> Result<String, StepError> {
        let order = self.orders.load_order(&target.key).await?;
        let recipient = order.and_then(|order| order.value.order.recipient);
        // Closed or not: only its addresses are needed.
        let shop = self.shops.load_shop(&target.key.shop).await?;
        let senders = shop.iter().flat_map(|shop| &shop.value.warehouses).map(|warehouse| &warehouse.address);
        let addresses: Vec<&Address> = recipient.iter().chain(senders).collect();
        Ok(text.append_to(sentence, &addresses))
    }
}

/// What TikTok wants to be done, by its code.
fn precondition(code: &CarrierCode) -> &'static str {
    match code.as_str() {
        // Brazil: missing, not accepted yet, refused.
        "21004006" | "21004019" | "21004020" => "upload its invoice and wait until it is accepted",
        "21004024" => "enter its split attributes",
        _ => "complete what it asks for",
    }
}
