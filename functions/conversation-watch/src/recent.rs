//! What the buyer wrote lately and has not been judged yet.

use domain::buyer_intent::{BuyerIntent, judge};
use domain::paging::{PageReader, PageStep, PagingFault};
use domain::{ConversationId, MessageId, OrderId, Timestamp};
use jiff::SignedDuration;
use tiktok::{ChatRole, ShopAccess};
use workflow::{CallError, StepError};

use crate::{ConversationWatch, later};

/// An older message no longer makes an order urgent.
const RECENT: SignedDuration = SignedDuration::from_hours(48);
/// The most pages of a conversation that are read.
const PAGES_MAX: u32 = 3;
/// The largest page of Get Conversation Messages.
const MESSAGES_A_PAGE: u32 = 10;
/// How long a message that was judged is remembered: longer than it counts as recent.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A buyer's message after it was judged. Its words are not kept.
pub(crate) struct JudgedMessage {
    pub(crate) id: MessageId,
    pub(crate) at: Timestamp,
    pub(crate) intent: BuyerIntent,
    /// The numbers in it, which may be those of orders.
    pub(crate) numbers: Vec<OrderId>,
}

impl JudgedMessage {
    pub(crate) fn new(id: MessageId, at: Timestamp, text: &str) -> Self {
        let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        Self { id, at, intent: judge(text), numbers: numbers.map(OrderId::new).collect() }
    }
}

impl ConversationWatch {
    /// The buyer's texts of the last 48 hours that were not judged before, newest first.
    pub(crate) async fn recent(
        &self,
        shop: &ShopAccess,
        conversation: &ConversationId,
    ) -> Result<Vec<JudgedMessage>, CallError> {
        let now = self.clock.now();
        let mut recent = Vec::new();
        let mut reading = PageReader::new(PAGES_MAX);
        let mut token: Option<String> = None;
        loop {
            let page = self.tiktok.messages(shop, conversation, MESSAGES_A_PAGE, token.as_deref()).await?;
            let ids = page.messages.iter().map(|message| message.id.clone());
            let step = reading.page(ids, page.next_page_token.as_deref(), None);
            let mut is_last = false;
            for message in page.messages {
                let at = message.created_at.unwrap_or(now);
                if now.duration_since(at) > RECENT {
                    is_last = true;
                    continue;
                }
                let Some(text) = message.text.filter(|_| message.sender == ChatRole::Buyer) else { continue };
                // Older messages were judged before it. The page is read to its end all the same, because two messages of
                // one second may come in either order.
                if self.processed_events.is_processed(&event_id(&message.id), now).await? {
                    is_last = true;
                    continue;
                }
                if recent.iter().all(|known: &JudgedMessage| known.id != message.id) {
                    recent.push(JudgedMessage::new(message.id, at, text.expose()));
                }
            }
            token = match step {
                PageStep::Next(next) if !is_last => Some(next),
                PageStep::Broken(fault) if fault != PagingFault::TooManyPages => {
                    tracing::warn!(shop = %shop.shop, %fault, "list of a conversation's messages was cut short");
                    return Ok(recent);
                }
                PageStep::Next(_) | PageStep::End | PageStep::Broken(_) => return Ok(recent),
            };
        }
    }

    /// **Invariant:** a message is remembered only after what it asks for is stored, and after every older message. The
    /// other way round, a crash would lose it.
    pub(crate) async fn remember(&self, recent: &[JudgedMessage]) -> Result<(), StepError> {
        let until = later(self.clock.now(), REMEMBERED);
        for message in recent.iter().rev() {
            self.processed_events.mark_processed(&event_id(&message.id), until).await?;
        }
        Ok(())
    }
}

fn event_id(id: &MessageId) -> String {
    format!("tiktok-message/{id}")
}
