//! What a carrier says of a refusal, for people.

use carriers::{CarrierCode, Rejection};
use domain::CarrierText;
use domain::address::Address;
use domain::message::ShipmentRef;
use workflow::StepError;

use crate::LabelCreate;

impl LabelCreate {
    /// What a refusal means, with its code and the carrier's own words.
    pub(crate) async fn rejection(
        &self,
        task: &ShipmentRef,
        rejection: &Rejection,
        code: &CarrierCode,
        text: &CarrierText,
    ) -> Result<String, StepError> {
        let meaning = match rejection {
            // Its code is all that it means.
            Rejection::Carrier { code } => format!("The carrier refused with {code}."),
            rejection => format!("The carrier refused: {rejection} ({code})."),
        };
        self.in_its_words(task, meaning, text).await
    }

    /// `sentence`, and the carrier's words where it wrote any, without the addresses of the buyer and of the shop's
    /// warehouses.
    pub(crate) async fn in_its_words(
        &self,
        task: &ShipmentRef,
        sentence: String,
        text: &CarrierText,
    ) -> Result<String, StepError> {
        let order = self.orders.load_order(&task.key).await?;
        let recipient = order.and_then(|order| order.value.order.recipient);
        let shop = self.shops.load_shop(&task.key.shop).await?;
        let senders = shop.iter().flat_map(|shop| &shop.value.warehouses).map(|warehouse| &warehouse.address);
        let addresses: Vec<&Address> = recipient.iter().chain(senders).collect();
        Ok(match text.shown(&addresses) {
            Some(words) => format!("{sentence} The carrier says: {words}"),
            None => sentence,
        })
    }
}
