//! Conversations with buyers, and their messages.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::lenient::{choice, count, list, object, text, time};

/// The `data` of Get Conversations.
#[derive(Deserialize)]
pub struct Conversations {
    #[serde(default, deserialize_with = "list")]
    pub conversations: Vec<Conversation>,
    #[serde(default, deserialize_with = "text")]
    pub next_page_token: String,
}

/// The `data` of Get Conversation.
#[derive(Deserialize)]
pub struct OneConversation {
    #[serde(default, deserialize_with = "object")]
    pub conversation: Conversation,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Conversation {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "list")]
    pub participants: Vec<Participant>,
    #[serde(deserialize_with = "choice")]
    pub can_send_message: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Participant {
    #[serde(deserialize_with = "text")]
    pub role: String,
    #[serde(deserialize_with = "text")]
    pub user_id: String,
}

#[derive(Deserialize)]
pub struct Messages {
    #[serde(default, deserialize_with = "list")]
    pub messages: Vec<Message>,
    #[serde(default, deserialize_with = "text")]
    pub next_page_token: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Message {
    #[serde(deserialize_with = "text")]
    pub id: String,
    #[serde(deserialize_with = "count")]
    pub index: Option<u64>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: String,
    /// JSON as a text.
    #[serde(deserialize_with = "text")]
    pub content: String,
    #[serde(deserialize_with = "time")]
    pub create_time: Option<Timestamp>,
    #[serde(deserialize_with = "object")]
    pub sender: Sender,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sender {
    #[serde(deserialize_with = "text")]
    pub role: String,
}

/// The content of a message of type TEXT.
#[derive(Serialize, Deserialize)]
pub struct Text {
    pub content: String,
}

/// The body of Create Conversation.
#[derive(Serialize)]
pub struct Open<'a> {
    pub buyer_user_id: &'a str,
}

#[derive(Deserialize)]
pub struct Opened {
    #[serde(default, deserialize_with = "text")]
    pub conversation_id: String,
}

/// The body of Send Message.
#[derive(Serialize)]
pub struct Send {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// JSON as a text.
    pub content: String,
}

#[derive(Deserialize)]
pub struct Sent {
    #[serde(default, deserialize_with = "text")]
    pub message_id: String,
}
