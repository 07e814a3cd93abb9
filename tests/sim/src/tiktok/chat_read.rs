//! Get Conversations, Get Conversation, Get Conversation Messages.

use serde_json::{Value, json};

use super::ShopSpec;
use super::chat::{Conversation, Message, Speaker, im_user_id, may_write};
use super::chat_write::count_call;
use super::core::{Core, State};
use super::page_token::{PageSize, Paging, SortOrder};
use super::reply::ApiError;
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "Number of conversations on one page. Max 20."
const CONVERSATIONS: PageSize = PageSize { max: 20, default: None };
/// "Max 10."
const MESSAGES: PageSize = PageSize { max: 10, default: None };

pub(crate) fn conversations(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let paging = Paging::parse(request, CONVERSATIONS, "conversations", SortOrder::Desc)?;
    let mut state = locked(&core.state);
    count_call(core, &mut state)?;
    let all = state.chat.conversations.values().filter(|one| one.shop_id == shop.id);
    let (page, next) = paging.cut(all.map(|one| (one.changed_at(), one.id.as_str())).collect());
    let list: Vec<_> = page
        .iter()
        .filter_map(|id| state.chat.conversations.get(*id))
        .map(|one| listed_json(one, &state, shop))
        .collect();
    Ok(json!({ "conversations": list, "next_page_token": next }))
}

pub(crate) fn conversation(core: &Core, shop: &ShopSpec, id: &str) -> Result<Value, ApiError> {
    let mut state = locked(&core.state);
    count_call(core, &mut state)?;
    Ok(json!({ "conversation": conversation_json(find(&state, shop, id)?, shop) }))
}

pub(crate) fn messages(core: &Core, shop: &ShopSpec, id: &str, request: &Request) -> Result<Value, ApiError> {
    let direction = SortOrder::parse(request.param("sort_order"), SortOrder::Desc)?;
    // Indexes grow with the time, so that both sortings are one.
    if !matches!(request.param("sort_field"), None | Some("create_time" | "index")) {
        return Err(ApiError::invalid("param sort_field is invalid"));
    }
    let paging = Paging::parse(request, MESSAGES, "messages", direction)?;
    let mut state = locked(&core.state);
    count_call(core, &mut state)?;
    let one = find(&state, shop, id)?;
    let (page, next) = paging.cut(one.messages.iter().map(|m| (m.index, m.id.as_str())).collect());
    let list: Vec<_> = page
        .iter()
        .filter_map(|id| one.messages.iter().find(|message| message.id == *id))
        .map(|message| message_json(one, message, shop))
        .collect();
    Ok(json!({
        "messages": list,
        "next_page_token": next,
        "unsupported_msg_tips": "Please check this message in Seller Center.\n",
    }))
}

/// The conversation, if it is the shop's.
pub(crate) fn find<'a>(state: &'a State, shop: &ShopSpec, id: &str) -> Result<&'a Conversation, ApiError> {
    let one =
        state.chat.conversations.get(id).ok_or_else(|| {
            ApiError::business(45_101_003, "Record not found. Please check the parameters.")
        })?;
    if one.shop_id == shop.id {
        Ok(one)
    } else {
        Err(ApiError::business(45_102_007, "No permission to access this conversation."))
    }
}

impl Conversation {
    fn changed_at(&self) -> i64 {
        self.messages.last().map_or(self.create_time, |message| message.at)
    }

    /// What the buyer wrote since the seller wrote last.
    fn unread(&self) -> usize {
        self.messages.iter().rev().take_while(|message| message.speaker == Speaker::Buyer).count()
    }
}

fn conversation_json(one: &Conversation, shop: &ShopSpec) -> Value {
    let participant = |role: &str, user_id: &str, nickname: &str| {
        json!({
            "role": role, "user_id": user_id, "im_user_id": im_user_id(user_id), "nickname": nickname,
            "avatar": "https://example.com/avatar.png",
        })
    };
    let mut participants =
        vec![participant("BUYER", &one.buyer_user_id, "buyer"), participant("SHOP", &shop.id, &shop.name)];
    if one.messages.iter().any(|message| message.speaker == Speaker::CustomerService) {
        participants.push(participant("CUSTOMER_SERVICE", &agent(shop), "service"));
    }
    json!({
        "id": one.id,
        "create_time": one.create_time,
        "participant_count": participants.len(),
        "participants": participants,
        "unread_count": one.unread(),
    })
}

fn listed_json(one: &Conversation, state: &State, shop: &ShopSpec) -> Value {
    let mut json = conversation_json(one, shop);
    json["can_send_message"] = may_write(state, &shop.id, &one.buyer_user_id, clock::unix_seconds()).into();
    if let Some(message) = one.messages.last() {
        json["latest_message"] = message_json(one, message, shop);
    }
    json
}

fn message_json(one: &Conversation, message: &Message, shop: &ShopSpec) -> Value {
    let (user_id, nickname) = match message.speaker {
        Speaker::Buyer => (one.buyer_user_id.clone(), "buyer"),
        Speaker::CustomerService => (agent(shop), "service"),
    };
    json!({
        "id": message.id,
        "index": message.index.to_string(),
        "type": "TEXT",
        "content": json!({ "content": message.text }).to_string(),
        "create_time": message.at,
        "is_visible": true,
        "sender": {
            "role": message.speaker.role(), "im_user_id": im_user_id(&user_id), "nickname": nickname,
            "avatar": "https://example.com/avatar.png",
        },
    })
}

/// The user id of the shop's customer service.
fn agent(shop: &ShopSpec) -> String {
    format!("7035{}", shop.id.get(4..).unwrap_or_default())
}
