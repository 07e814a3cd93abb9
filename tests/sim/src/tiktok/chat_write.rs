//! Create Conversation and Send Message.

use serde_json::{Value, json};

use super::ShopSpec;
use super::chat::{Speaker, may_write};
use super::chat_read::find;
use super::core::{Core, State};
use super::reply::ApiError;
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "Max 2000 characters"
const TEXT_CHARS_MAX: usize = 2000;
/// Words that TikTok refuses because they lead around the platform. Its own list is not published.
const SENSITIVE: [&str; 3] = ["whatsapp", "paypal", "http"];

/// Counts a call of customer service against the day's quota.
pub(crate) fn count_call(core: &Core, state: &mut State) -> Result<(), ApiError> {
    state.chat.calls += 1;
    if state.chat.calls <= core.config.chat_calls_max {
        return Ok(());
    }
    let message = "The query quota has been reached (10000 request per day). Please try again tomorrow.";
    Err(ApiError::business(45_101_004, message))
}

pub(crate) fn open(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let buyer = body["buyer_user_id"].as_str().unwrap_or_default();
    let mut state = locked(&core.state);
    count_call(core, &mut state)?;
    let now = clock::unix_seconds();
    if !may_write(&state, &shop.id, buyer, now) {
        let message =
            "Unable to create a conversation as you did not meet the criteria for initiating conversations.";
        return Err(ApiError::business(45_109_003, message));
    }
    Ok(json!({ "conversation_id": state.chat.with(&core.ids, &shop.id, buyer, now) }))
}

pub(crate) fn send(core: &Core, shop: &ShopSpec, id: &str, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let (answer, event) = {
        let mut state = locked(&core.state);
        count_call(core, &mut state)?;
        let buyer = find(&state, shop, id)?.buyer_user_id.clone();
        let text = text(&body)?;
        if !may_write(&state, &shop.id, &buyer, clock::unix_seconds()) {
            return Err(ApiError::business(45_109_001, "Unable to send messages due to conversation rules."));
        }
        let said = state.chat.say(&core.ids, id, Speaker::CustomerService, &text);
        said.ok_or_else(invalid_parameter)?
    };
    core.emit(&shop.id, &event);
    Ok(json!({ "message_id": answer }))
}

fn text(body: &Value) -> Result<String, ApiError> {
    if body["type"].as_str() != Some("TEXT") {
        return Err(ApiError::business(45_111_001, "not support"));
    }
    let content = body["content"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let text = content.and_then(|content| content["content"].as_str().map(str::to_owned));
    let text = text
        .filter(|text| !text.is_empty() && text.chars().count() <= TEXT_CHARS_MAX)
        .ok_or_else(invalid_parameter)?;
    let lower = text.to_lowercase();
    if SENSITIVE.iter().any(|word| lower.contains(word)) {
        let message = "You cannot send the message containing sensitive content. Please check the message.";
        return Err(ApiError::business(45_101_006, message));
    }
    Ok(text)
}

fn invalid_parameter() -> ApiError {
    ApiError::business(45_101_001, "Invalid parameter. Please check the parameters.")
}
