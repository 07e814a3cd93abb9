//! Customer service: conversations with buyers.

use domain::{BuyerId, ConversationId, MessageId};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::conversation::{ChatMessage, Conversation, TEXT, conversation, message};
use crate::convert::present;
use crate::error::{Argument, Error, Fault};
use crate::{paths, wire};

/// The largest page of Get Conversations ("Max 20").
const CONVERSATIONS_MAX: u32 = 20;
/// The largest page of Get Conversation Messages ("Max 10").
const MESSAGES_MAX: u32 = 10;
/// The longest text of Send Message ("Max 2000 characters").
const TEXT_MAX_CHARS: usize = 2000;

/// A page of conversations.
#[derive(Clone, Debug)]
pub struct ConversationPage {
    pub conversations: Vec<Conversation>,
    /// Names the next page; `None` after the last one.
    pub next_page_token: Option<String>,
}

/// A page of messages, newest first.
#[derive(Clone, Debug)]
pub struct MessagePage {
    pub messages: Vec<ChatMessage>,
    /// Names the next page; `None` after the last one.
    pub next_page_token: Option<String>,
}

impl TikTok {
    /// A conversation (Get Conversation). TikTok does not say here whether the shop may write: only [`TikTok::conversations`]
    /// tells that, or the attempt.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn conversation(&self, shop: &ShopAccess, id: &ConversationId) -> Result<Conversation, Error> {
        let name = CallName::CONVERSATION;
        check(name, id)?;
        let call = ApiCall::get(name, paths::conversation(id));
        let answer: wire::conversation::OneConversation = self.shop_call(shop, call).await?;
        conversation(answer.conversation).ok_or_else(|| Error::lost(name, Fault::BrokenAnswer))
    }

    /// A page of the shop's conversations, 1 to 20 (Get Conversations).
    ///
    /// # Errors
    /// As every call: see [`Error`]. One conversation that cannot be parsed does not fail the page.
    pub async fn conversations(
        &self,
        shop: &ShopAccess,
        page_size: u32,
        page_token: Option<&str>,
    ) -> Result<ConversationPage, Error> {
        let call = ApiCall::get(CallName::CONVERSATIONS, paths::CONVERSATIONS)
            .with("page_size", page_size.clamp(1, CONVERSATIONS_MAX).to_string())
            .with("page_token", page_token.unwrap_or_default());
        let answer: wire::conversation::Conversations = self.shop_call(shop, call).await?;
        Ok(ConversationPage {
            conversations: answer.conversations.into_iter().filter_map(conversation).collect(),
            next_page_token: present(answer.next_page_token, |token| token),
        })
    }

    /// A page of a conversation's messages, 1 to 10, newest first (Get Conversation Messages).
    ///
    /// # Errors
    /// As every call: see [`Error`]. One message that cannot be parsed does not fail the page.
    pub async fn messages(
        &self,
        shop: &ShopAccess,
        id: &ConversationId,
        page_size: u32,
        page_token: Option<&str>,
    ) -> Result<MessagePage, Error> {
        let name = CallName::MESSAGES;
        check(name, id)?;
        let call = ApiCall::get(name, paths::messages(id))
            .with("page_size", page_size.clamp(1, MESSAGES_MAX).to_string())
            .with("page_token", page_token.unwrap_or_default())
            .with("sort_field", "create_time")
            .with("sort_order", "DESC");
        let answer: wire::conversation::Messages = self.shop_call(shop, call).await?;
        Ok(MessagePage {
            messages: answer.messages.into_iter().filter_map(message).collect(),
            next_page_token: present(answer.next_page_token, |token| token),
        })
    }

    /// The conversation with a buyer, opened if there is none (Create Conversation). There is one for each buyer and shop, so
    /// that a second call returns the same.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once. Where the shop may not write to the buyer it is
    /// [`crate::Class::OrderState`].
    pub async fn open_conversation(
        &self,
        shop: &ShopAccess,
        buyer: &BuyerId,
    ) -> Result<ConversationId, Error> {
        let name = CallName::CONVERSATION_OPEN;
        let body = wire::conversation::Open { buyer_user_id: buyer.as_str() };
        let call = ApiCall::post(name, paths::CONVERSATIONS, &body);
        let answer: wire::conversation::Opened = self.shop_call(shop, call).await?;
        present(answer.conversation_id, ConversationId::new)
            .ok_or_else(|| Error::lost(name, Fault::BrokenAnswer))
    }

    /// Writes to the buyer, at most 2000 characters (Send Message).
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once and has no idempotency key: after
    /// [`crate::Class::RereadFirst`] read the messages before anything else. A longer text is not sent; it and one that
    /// TikTok finds sensitive are [`crate::Class::ContentRefused`]. Where the shop may not write it is
    /// [`crate::Class::OrderState`]. After 10000 calls in a day it is [`crate::Class::Throttled`] for a long time.
    pub async fn send_text(
        &self,
        shop: &ShopAccess,
        id: &ConversationId,
        text: &str,
    ) -> Result<MessageId, Error> {
        let name = CallName::MESSAGE_SEND;
        check(name, id)?;
        if text.chars().count() > TEXT_MAX_CHARS {
            return Err(Error::Unacceptable { call: name, argument: Argument::LongText });
        }
        if text.trim().is_empty() {
            return Err(Error::Unacceptable { call: name, argument: Argument::EmptyText });
        }
        let content = serde_json::json!({ "content": text }).to_string();
        let body = wire::conversation::Send { kind: TEXT, content };
        let call = ApiCall::post(name, paths::messages(id), &body);
        let answer: wire::conversation::Sent = self.shop_call(shop, call).await?;
        present(answer.message_id, MessageId::new).ok_or_else(|| Error::lost(name, Fault::BrokenAnswer))
    }
}

fn check(call: CallName, id: &ConversationId) -> Result<(), Error> {
    if paths::is_id(id.as_str()) {
        Ok(())
    } else {
        Err(Error::Unacceptable { call, argument: Argument::ConversationId })
    }
}
