//! Parses conversations of TikTok's chat and their messages.

use domain::{BuyerId, ConversationId, MessageId, Private, Timestamp, json};

use super::present;
use crate::wire::conversation as wire;

/// TikTok's name of a message that is plain text.
pub const TEXT: &str = "TEXT";

/// Who takes part or speaks in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatRole {
    Buyer,
    Shop,
    /// Somebody of the shop's customer service.
    CustomerService,
    System,
    Robot,
    /// A role that this version does not know, or none.
    Unknown(String),
}

impl From<String> for ChatRole {
    fn from(role: String) -> Self {
        match role.as_str() {
            "BUYER" => Self::Buyer,
            "SHOP" => Self::Shop,
            "CUSTOMER_SERVICE" => Self::CustomerService,
            "SYSTEM" => Self::System,
            "ROBOT" => Self::Robot,
            _ => Self::Unknown(role),
        }
    }
}

/// A participant of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub role: ChatRole,
    /// `user_id`, which for a buyer is the orders' `user_id`; empty where there is none. Not `im_user_id`, which
    /// finds no orders.
    pub user_id: String,
}

/// A conversation between the shop and a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    pub participants: Vec<Participant>,
    /// Whether the shop may write; `None` where TikTok does not say (Get Conversation does not, the list does).
    pub can_send_message: Option<bool>,
}

impl Conversation {
    /// The buyer, by the id that orders name.
    pub fn buyer(&self) -> Option<BuyerId> {
        let buyer = self.participants.iter().find(|one| one.role == ChatRole::Buyer)?;
        present(buyer.user_id.clone(), BuyerId::new)
    }
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    pub id: MessageId,
    /// Its position in the conversation: newer messages have larger numbers, with gaps.
    pub index: Option<u64>,
    /// TikTok's name of its kind, for example `TEXT`, `IMAGE`, `ORDER_CARD`.
    pub kind: String,
    pub sender: ChatRole,
    pub created_at: Option<Timestamp>,
    /// Only messages of the kind `TEXT` have one.
    pub text: Option<Private<String>>,
}

/// Parses a conversation; `None` without an id.
pub fn conversation(wire: wire::Conversation) -> Option<Conversation> {
    let participants = wire
        .participants
        .into_iter()
        .map(|one| Participant { role: ChatRole::from(one.role), user_id: one.user_id });
    Some(Conversation {
        id: present(wire.id, ConversationId::new)?,
        participants: participants.collect(),
        can_send_message: wire.can_send_message,
    })
}

/// Parses a message; `None` without an id.
pub fn message(wire: wire::Message) -> Option<ChatMessage> {
    let is_text = wire.kind == TEXT;
    let text = || json::read::<wire::Text>(wire.content.as_bytes()).ok();
    Some(ChatMessage {
        id: present(wire.id, MessageId::new)?,
        index: wire.index,
        sender: ChatRole::from(wire.sender.role),
        created_at: wire.create_time,
        text: is_text.then(text).flatten().map(|text| Private::new(text.content)),
        kind: wire.kind,
    })
}

#[cfg(test)]
mod tests {
    use domain::BuyerId;
    use serde_json::{Value, json};

    use super::{ChatMessage, ChatRole, Conversation};

    fn message(value: Value) -> Option<ChatMessage> {
        super::message(serde_json::from_value(value).unwrap())
    }

    fn conversation(value: Value) -> Option<Conversation> {
        super::conversation(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn only_texts_have_text() {
        let text = |kind: &str, content: &str| {
            let message = message(json!({"id": "1", "type": kind, "content": content})).unwrap();
            message.text.map(|text| text.expose().clone())
        };
        assert_eq!(text("TEXT", r#"{"content":" a\nb "}"#).as_deref(), Some(" a\nb "));
        assert_eq!(text("NOTIFICATION", r#"{"content":"a"}"#), None);
        assert_eq!(text("TEXT", "a"), None, "no JSON");
        assert_eq!(text("TEXT", "{}"), None);
    }

    #[test]
    fn parses_messages() {
        let read = message(
            json!({"id": 7, "index": "7494560109732334274", "create_time": 5, "sender": {"role": "SHOP"}}),
        );
        let read = read.unwrap();
        assert_eq!((read.id.as_str(), read.index), ("7", Some(7_494_560_109_732_334_274)));
        assert_eq!((read.sender, read.kind.as_str()), (ChatRole::Shop, ""));
        assert_eq!(message(json!({"type": "TEXT"})), None);
        let odd = message(json!({"id": "1", "sender": null})).unwrap();
        assert_eq!((odd.sender, odd.created_at), (ChatRole::Unknown(String::new()), None));
        let spoken =
            message(json!({"id": "1", "type": "TEXT", "content": "{\"content\":\"12 Elm Street\"}"}));
        assert!(!format!("{spoken:?}").contains("Elm"));
    }

    #[test]
    fn the_buyer_is_known_by_user_id() {
        let read = conversation(json!({"id": "1", "participants": [
            {"role": "SHOP", "user_id": "5", "im_user_id": "6"},
            {"role": "BUYER", "user_id": "7", "im_user_id": "8"},
        ]}));
        let read = read.unwrap();
        assert_eq!((read.buyer(), read.can_send_message), (Some(BuyerId::new("7")), None));
        let read =
            conversation(json!({"id": "1", "can_send_message": false, "participants": [{"role": "BUYER"}]}));
        let read = read.unwrap();
        assert_eq!((read.buyer(), read.can_send_message), (None, Some(false)));
        assert_eq!(conversation(json!({"participants": []})), None);
    }
}
