//! Conversations that TikTok announced and that can't be read: shown on the shop, and given up after a day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Shop;
use crate::exception::ExceptionKind;
use crate::ids::ConversationId;

/// How many such conversations a shop remembers.
const KEPT: usize = 100;
/// When people are told.
const TOLD_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// When it is given up.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);
/// When it is forgotten: an older message no longer makes an order urgent.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(48);
/// How many conversations the exception names.
const NAMED: usize = 10;

/// A conversation that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadConversation {
    pub conversation: ConversationId,
    /// Why, without personal data.
    pub why: String,
    pub since: Timestamp,
}

impl Shop {
    /// Records that a conversation can't be read. Returns for how long that has been so, or `None` when it is given up.
    pub fn conversation_unread(
        &mut self,
        conversation: &ConversationId,
        why: &str,
        now: Timestamp,
    ) -> Option<SignedDuration> {
        self.forget_conversations(now);
        let unread = &mut self.monitor.conversations_unreadable;
        let is_full = unread.len() >= KEPT;
        let since = match unread.iter_mut().find(|known| known.conversation == *conversation) {
            Some(known) => {
                why.clone_into(&mut known.why);
                known.since
            }
            // So many fail that those which are remembered tell of it.
            None if is_full => return None,
            None => {
                let (conversation, why) = (conversation.clone(), why.to_owned());
                unread.push(UnreadConversation { conversation, why, since: now });
                now
            }
        };
        self.judge_unread_conversations(now);
        Some(now.duration_since(since)).filter(|lasted| *lasted < GIVEN_UP)
    }

    /// Records that a conversation was read.
    pub fn conversation_read(&mut self, conversation: &ConversationId, now: Timestamp) {
        self.monitor.conversations_unreadable.retain(|unread| unread.conversation != *conversation);
        self.forget_conversations(now);
        self.judge_unread_conversations(now);
    }

    /// Whether a conversation that was read has something to change at the shop.
    pub fn has_unread_conversations(&self) -> bool {
        !self.monitor.conversations_unreadable.is_empty()
    }

    fn forget_conversations(&mut self, now: Timestamp) {
        self.monitor.conversations_unreadable.retain(|unread| now.duration_since(unread.since) < FORGOTTEN);
    }

    fn judge_unread_conversations(&mut self, now: Timestamp) {
        let kind = ExceptionKind::ConversationsUnreadable;
        let unread = self.monitor.conversations_unreadable.iter();
        let lasting: Vec<&UnreadConversation> =
            unread.filter(|unread| now.duration_since(unread.since) >= TOLD_AFTER).collect();
        let Some(first) = lasting.first() else { return self.close_exception(kind, now) };
        let named: Vec<&str> =
            lasting.iter().take(NAMED).map(|unread| unread.conversation.as_str()).collect();
        let more = match lasting.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let detail = format!("Conversation {}{more} cannot be read: {}.", named.join(", "), first.why);
        self.open_exception(kind, detail, now);
    }
}
