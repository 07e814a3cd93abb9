//! `punctual dead-letters`: messages that were given up, listed, sent again or dropped.

use std::time::Duration;

use backend_sqlite::{Retried, StoredDeadLetter};
use domain::message::Message;
use domain::{ConversationId, OrderId, ShipmentId, ShopId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Completion;
use crate::cli::{DeadLetterAction, DeadLetterListArgs, DeadLetterSelection};
use crate::control::{self, ExistingData, Operation, PerformedBy};
use crate::text::{Table, moment, note};

#[derive(Deserialize, Serialize)]
pub(crate) struct ListDeadLetters {
    shop: Option<ShopId>,
    limit: u16,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct DeadLetterList {
    as_of: Timestamp,
    dead_letters: Vec<DeadLetterItem>,
    /// How many more there are than were asked for.
    more: usize,
}

#[derive(Deserialize, Serialize)]
struct DeadLetterItem {
    id: i64,
    queue: String,
    /// None, like all that follows from the message, when this version can't read it.
    shop: Option<ShopId>,
    order: Option<OrderId>,
    shipment: Option<ShipmentId>,
    conversation: Option<ConversationId>,
    deliveries: u32,
    died_at: Timestamp,
}

impl DeadLetterItem {
    fn of(letter: StoredDeadLetter) -> Self {
        let StoredDeadLetter { id, queue, message, receive_count, died_at } = letter;
        let (shipment, conversation) = match &message {
            Some(
                Message::RateRequest(target)
                | Message::LabelRequest(target)
                | Message::TrackingUpload(target)
                | Message::ParcelCheck(target),
            ) => (Some(target.shipment.clone()), None),
            Some(Message::ConversationChange { conversation, .. }) => (None, Some(conversation.clone())),
            Some(Message::OrderChange(_)) | None => (None, None),
        };
        Self {
            id,
            queue,
            shop: message.as_ref().map(|message| message.shop().clone()),
            order: message.as_ref().and_then(Message::key).map(|key| key.order.clone()),
            shipment,
            conversation,
            deliveries: receive_count,
            died_at,
        }
    }
}

impl Operation for ListDeadLetters {
    const NAME: &'static str = "list_dead_letters";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str = "run the command again";
    type Context = ExistingData;
    type Reply = DeadLetterList;

    async fn perform(self, ExistingData(stores): &ExistingData) -> anyhow::Result<DeadLetterList> {
        let mut letters = stores.sqlite.list_dead_letters(self.shop, usize::MAX).await?;
        let more = letters.len().saturating_sub(self.limit.into());
        letters.truncate(self.limit.into());
        let dead_letters = letters.into_iter().map(DeadLetterItem::of).collect();
        Ok(DeadLetterList { as_of: stores.clock.now(), dead_letters, more })
    }
}

/// What is done about dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum DeadLetterHandling {
    Retry,
    Drop,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct HandleDeadLetters {
    handling: DeadLetterHandling,
    /// None for all of them.
    ids: Option<Vec<i64>>,
    /// Of all, only those of this shop.
    shop: Option<ShopId>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct HandledDeadLetters {
    dead_letters: Vec<HandledDeadLetter>,
}

#[derive(Deserialize, Serialize)]
struct HandledDeadLetter {
    id: i64,
    outcome: HandlingOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum HandlingOutcome {
    Sent,
    Dropped,
    NotFound,
    /// This version can't read the message, and would give it up again.
    Unreadable,
}

impl From<Retried> for HandlingOutcome {
    fn from(retried: Retried) -> Self {
        match retried {
            Retried::Sent => Self::Sent,
            Retried::NotFound => Self::NotFound,
            Retried::Unreadable => Self::Unreadable,
        }
    }
}

impl HandlingOutcome {
    fn is_done(self) -> bool {
        match self {
            Self::Sent | Self::Dropped => true,
            Self::NotFound | Self::Unreadable => false,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Sent => "sent again",
            Self::Dropped => "dropped",
            Self::NotFound => "not found",
            Self::Unreadable => "this version can't read it; it was left",
        }
    }
}

impl Operation for HandleDeadLetters {
    const NAME: &'static str = "handle_dead_letters";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str =
        "they may have been handled: `punctual dead-letters list` shows those that are left";
    type Context = ExistingData;
    type Reply = HandledDeadLetters;

    async fn perform(self, ExistingData(stores): &ExistingData) -> anyhow::Result<HandledDeadLetters> {
        let ids = match self.ids {
            Some(ids) => ids,
            None => {
                let letters = stores.sqlite.list_dead_letters(self.shop, usize::MAX).await?;
                letters.iter().map(|letter| letter.id).collect()
            }
        };
        let outcomes: Vec<HandlingOutcome> = match self.handling {
            DeadLetterHandling::Retry => {
                let retried = stores.sqlite.retry_dead_letters(ids.clone()).await?;
                retried.into_iter().map(HandlingOutcome::from).collect()
            }
            DeadLetterHandling::Drop => {
                let dropped = stores.sqlite.drop_dead_letters(ids.clone()).await?;
                let outcome =
                    |found| if found { HandlingOutcome::Dropped } else { HandlingOutcome::NotFound };
                dropped.into_iter().map(outcome).collect()
            }
        };
        let handled = ids.into_iter().zip(outcomes);
        let dead_letters = handled.map(|(id, outcome)| HandledDeadLetter { id, outcome }).collect();
        Ok(HandledDeadLetters { dead_letters })
    }
}

pub(super) async fn execute(action: DeadLetterAction) -> anyhow::Result<Completion> {
    match action {
        DeadLetterAction::List(args) => list(args).await,
        DeadLetterAction::Retry(selection) => handle(DeadLetterHandling::Retry, selection).await,
        DeadLetterAction::Drop(selection) => handle(DeadLetterHandling::Drop, selection).await,
    }
}

async fn list(args: DeadLetterListArgs) -> anyhow::Result<Completion> {
    let operation = ListDeadLetters { shop: args.shop.map(ShopId::new), limit: args.limit };
    let (list, _) = control::perform(operation, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&list)?;
        return Ok(Completion::Done);
    }
    let text = |value: Option<String>| value.unwrap_or_default();
    let mut table = Table::new(&["ID", "QUEUE", "SHOP", "ORDER OR CONVERSATION", "DELIVERIES", "GIVEN UP"]);
    for letter in &list.dead_letters {
        let order = letter.order.as_ref().map(ToString::to_string);
        table.row([
            letter.id.to_string(),
            letter.queue.clone(),
            text(letter.shop.as_ref().map(ToString::to_string)),
            text(order.or_else(|| letter.conversation.as_ref().map(ToString::to_string))),
            letter.deliveries.to_string(),
            moment(letter.died_at, list.as_of),
        ]);
    }
    if list.dead_letters.is_empty() {
        note("No dead letters.");
    } else {
        super::print_lines(table.lines())?;
    }
    if list.more > 0 {
        note(&format!("There are {} more: raise --limit, or choose by --shop.", list.more));
    }
    Ok(Completion::Done)
}

async fn handle(handling: DeadLetterHandling, selection: DeadLetterSelection) -> anyhow::Result<Completion> {
    let ids = (!selection.all).then_some(selection.ids);
    let operation = HandleDeadLetters { handling, ids, shop: selection.shop.map(ShopId::new) };
    let (handled, performed_by) = control::perform(operation, &selection.data.variables()).await?;
    if selection.output.json {
        super::print_json(&handled)?;
    } else if handled.dead_letters.is_empty() {
        note("No dead letters.");
    } else {
        let mut table = Table::new(&["ID", "OUTCOME"]);
        for letter in &handled.dead_letters {
            table.row([letter.id.to_string(), letter.outcome.describe().to_owned()]);
        }
        super::print_lines(table.lines())?;
    }
    let is_sent = |letter: &HandledDeadLetter| letter.outcome == HandlingOutcome::Sent;
    if performed_by == PerformedBy::ThisProcess && handled.dead_letters.iter().any(is_sent) {
        note("What was sent again is worked on when punctual --live is started.");
    }
    match handled.dead_letters.iter().all(|letter| letter.outcome.is_done()) {
        true => Ok(Completion::Done),
        false => Ok(Completion::NotAllDone),
    }
}
