//! A message to the buyer.

use domain::remedy::RemedyKind;
use domain::{OrderKey, Private};
use tiktok::{Class, ShopAccess};

use crate::RemedyStep;
use crate::outside::{FailureTexts, failure};
use crate::report::RemedyFailed;

/// TikTok's limit: "Max 2000 characters".
const TEXT_MAX_CHARS: usize = 2000;

const TOO_LONG: &str = "the text is longer than 2000 characters";

const OPENING: FailureTexts = FailureTexts {
    state: "TikTok does not let the shop write to this buyer",
    content: "TikTok does not let the shop write to this buyer",
    lost: "the conversation could not be opened: nothing was sent, try again",
};

const SENDING: FailureTexts = FailureTexts {
    state: "TikTok does not let the shop write to this buyer now",
    content: "TikTok refuses the text: it contains words that TikTok does not allow",
    lost: "it is unknown whether it was sent: check the conversation before you send it again",
};

impl RemedyStep {
    /// Writes to the buyer of the order. The message is sent once, whether or not TikTok answers.
    pub(crate) async fn message_buyer(
        &self,
        key: &OrderKey,
        text: &Private<String>,
    ) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        let shop = self.shop(&key.shop).await?;
        let buyer = record
            .order
            .buyer
            .ok_or_else(|| RemedyFailed::refused("TikTok does not name the order's buyer"))?;
        let text = text.expose().replace("{order}", key.order.as_str()).replace("{shop}", &shop.name);
        if text.trim().is_empty() {
            return Err(RemedyFailed::refused("the text is empty"));
        }
        if text.chars().count() > TEXT_MAX_CHARS {
            return Err(RemedyFailed::refused(TOO_LONG));
        }
        let access = ShopAccess::from(&shop);
        let conversation = self
            .tiktok
            .open_conversation(&access, &buyer)
            .await
            .map_err(|error| failure(&error, &OPENING))?;
        match self.tiktok.send_text(&access, &conversation, &text).await {
            Ok(_) => {
                self.note(key, RemedyKind::MessageBuyer, "The message was sent to the buyer.").await;
                Ok("The message was sent to the buyer.".to_owned())
            }
            Err(error) => {
                if error.class() == Class::RereadFirst {
                    let what = "It is unknown whether a message to the buyer was sent.";
                    self.note(key, RemedyKind::MessageBuyer, what).await;
                }
                Err(failure(&error, &SENDING))
            }
        }
    }
}
