//! Conversations between buyers and shops.

use std::collections::BTreeMap;

use super::core::{Core, Ids, State};
use super::events::Event;
use super::order::Order;
use super::{OperationError, TikTok};
use crate::clock;
use crate::lock::locked;

const DAY: i64 = 24 * 3600;
/// "There has been a prior conversation between the buyer and the shop within the last 30 days."
const CONVERSATION_AGE_MAX: i64 = 30 * DAY;
/// "The buyer placed an order at the shop within the past 60 days."
const ORDER_AGE_MAX: i64 = 60 * DAY;
/// Indexes have 19 digits, like TikTok's.
const INDEX_FIRST: i64 = 7_494_560_109_732_330_000;

/// All conversations.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    pub(crate) conversations: BTreeMap<String, Conversation>,
    /// Messages so far, in all conversations.
    said: i64,
    /// Calls of customer service so far.
    pub(crate) calls: u64,
}

/// The one conversation of a buyer with a shop.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) shop_id: String,
    pub(crate) buyer_user_id: String,
    pub(crate) create_time: i64,
    pub(crate) messages: Vec<Message>,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    Buyer,
    /// The seller's customer service, by the API.
    CustomerService,
}

impl Speaker {
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Buyer => "BUYER",
            Self::CustomerService => "CUSTOMER_SERVICE",
        }
    }
}

/// A text message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) index: i64,
    pub(crate) speaker: Speaker,
    pub(crate) text: String,
    pub(crate) at: i64,
}

/// A message as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    pub speaker: Speaker,
    pub text: String,
}

/// The id of a person in the chat, which is not the id that orders name.
pub(crate) fn im_user_id(user_id: &str) -> String {
    format!("7494{}", user_id.get(4..).unwrap_or_default())
}

impl Chat {
    /// The conversation of a buyer with a shop, made when there is none.
    pub(crate) fn with(&mut self, ids: &Ids, shop_id: &str, buyer_user_id: &str, now: i64) -> String {
        let known = self
            .conversations
            .values()
            .find(|one| one.shop_id == shop_id && one.buyer_user_id == buyer_user_id)
            .map(|one| one.id.clone());
        known.unwrap_or_else(|| {
            let id = ids.conversation.next();
            let made = Conversation {
                id: id.clone(),
                shop_id: shop_id.to_owned(),
                buyer_user_id: buyer_user_id.to_owned(),
                create_time: now,
                messages: Vec::new(),
            };
            self.conversations.insert(id.clone(), made);
            id
        })
    }

    /// Adds a message and what tells of it.
    pub(crate) fn say(
        &mut self,
        ids: &Ids,
        id: &str,
        speaker: Speaker,
        text: &str,
    ) -> Option<(String, Event)> {
        let one = self.conversations.get_mut(id)?;
        self.said += 1;
        let message = Message {
            id: ids.message.next(),
            index: INDEX_FIRST + self.said,
            speaker,
            text: text.to_owned(),
            at: clock::unix_seconds(),
        };
        let event = Event::message(one, &message);
        let message_id = message.id.clone();
        one.messages.push(message);
        Some((message_id, event))
    }
}

/// Whether the shop may write to a buyer.
pub(crate) fn may_write(state: &State, shop_id: &str, buyer_user_id: &str, now: i64) -> bool {
    let bought = |order: &Order| order.shop_id == shop_id && order.buyer_user_id() == buyer_user_id;
    let talked = |one: &Conversation| one.shop_id == shop_id && one.buyer_user_id == buyer_user_id;
    let mut orders = state.orders.values().filter(|order| bought(order));
    let mut messages =
        state.chat.conversations.values().filter(|one| talked(one)).flat_map(|one| &one.messages);
    orders.any(|order| now - order.create_time <= ORDER_AGE_MAX)
        || messages.any(|message| now - message.at <= CONVERSATION_AGE_MAX)
}

fn buyer_writes(core: &Core, order_id: &str, text: &str) -> Result<String, OperationError> {
    core.change(order_id, |state, ids| {
        let Some(order) = state.orders.get(order_id) else { return Err(Err(OperationError::UnknownOrder)) };
        let (shop_id, buyer) = (order.shop_id.clone(), order.buyer_user_id());
        let id = state.chat.with(ids, &shop_id, &buyer, clock::unix_seconds());
        let event = state.chat.say(ids, &id, Speaker::Buyer, text).map(|(_, event)| event);
        Ok((Ok(id), event.into_iter().collect()))
    })
}

impl TikTok {
    /// The buyer of an order writes to the shop; the id of the conversation.
    pub fn buyer_writes(&self, order_id: &str, text: &str) -> Result<String, OperationError> {
        buyer_writes(self.core(), order_id, text)
    }

    /// The messages of a conversation, the oldest first; none where there is no such conversation.
    pub fn messages(&self, conversation_id: &str) -> Vec<MessageView> {
        let state = locked(&self.core().state);
        let messages = state.chat.conversations.get(conversation_id).map(|one| one.messages.as_slice());
        let view = |m: &Message| MessageView { speaker: m.speaker, text: m.text.clone() };
        messages.unwrap_or_default().iter().map(view).collect()
    }
}
