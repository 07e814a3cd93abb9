//! label-create: buys a label exactly once, keeps its file, voids it when it is not to be used.
//!
//! The message only names a shipment; its stage says what is to be done. Money moves by the purchase ledger alone:
//! a purchase is committed as `InFlight` before the account is asked to sell, and whatever is not a clear answer makes it
//! `Unknown`, out of which only the account's own record leads.

mod buy;
mod file;
mod reconcile;
mod refund;
mod refused;
mod void;
mod words;

use std::sync::Arc;
use std::time::Duration;

use backend::{LabelStore, OrderStore, Queues, ShopStore};
use carriers::{CarrierAccounts, Connector};
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::purchase::{Purchase, PurchaseState};
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::stage::{Stage, Void};
use domain::{AccountId, Timestamp};
use system::{Clock, Random};
use workflow::{Deferral, Deferrer, StepError};

/// The pause before an account is looked for again that the configuration does not have.
const UNKNOWN_ACCOUNT_PAUSE: Duration = Duration::from_secs(60);

/// Buys, keeps and voids labels.
pub struct LabelCreate {
    orders: Arc<dyn OrderStore>,
    shops: Arc<dyn ShopStore>,
    labels: Arc<dyn LabelStore>,
    queues: Arc<dyn Queues>,
    accounts: CarrierAccounts,
    settings: Arc<AllSettings>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    deferrer: Deferrer,
    alone_since: Timestamp,
}

/// Where this step keeps what it works on.
pub struct LabelCreateStores {
    pub orders: Arc<dyn OrderStore>,
    pub shops: Arc<dyn ShopStore>,
    pub labels: Arc<dyn LabelStore>,
    pub queues: Arc<dyn Queues>,
}

/// What a shipment's stage asks of this step.
enum Todo {
    /// Enter a purchase into the ledger and buy.
    Begin,
    /// A purchase is in the ledger: see it through.
    SeeThrough(Box<Purchase>),
    Void,
    /// The label is bought: have its number uploaded, and fetch its file.
    Upload,
    /// TikTok has the number: fetch the label's file.
    KeepFile,
    /// The label is voided: see whether its money came back.
    FollowRefund,
    /// The label is voided and another shipment is to be made: have the order read back.
    Replace,
    /// Nothing: the message is late or came twice.
    Nothing,
}

impl LabelCreate {
    /// Makes the step. The seller's `settings` hold the phone number that a label shows where an address has none.
    pub fn new(
        stores: LabelCreateStores,
        accounts: CarrierAccounts,
        settings: Arc<AllSettings>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let LabelCreateStores { orders, shops, labels, queues } = stores;
        let deferrer =
            Deferrer::new(Arc::clone(&orders), Arc::clone(&queues), Arc::clone(&clock), Arc::clone(&random));
        let alone_since = Timestamp::MIN;
        Self { orders, shops, labels, queues, accounts, settings, clock, random, deferrer, alone_since }
    }

    /// States that nobody else has worked on these orders since `start`, as on one machine whose data folder is locked. Whoever
    /// claimed a purchase before that is dead, and its lease need not be waited for.
    #[must_use]
    pub fn alone_since(self, start: Timestamp) -> Self {
        Self { alone_since: start, ..self }
    }

    /// Does what the shipment's stage asks for.
    pub async fn handle(&self, task: &ShipmentRef) -> Result<(), StepError> {
        // An order that is not stored was removed since the message was sent.
        let Some(stored) = self.orders.load_order(&task.key).await? else { return Ok(()) };
        match todo(&stored.value, task) {
            Todo::Begin => self.begin(task, &stored.value).await,
            Todo::SeeThrough(purchase) => self.see_through(task, &stored.value, *purchase).await,
            Todo::Void => self.void(task, &stored.value).await,
            Todo::Upload => {
                self.send(Message::TrackingUpload(task.clone())).await?;
                self.keep_file(task).await
            }
            Todo::KeepFile => self.keep_file(task).await,
            Todo::FollowRefund => self.follow_refund(task, &stored.value).await,
            Todo::Replace => self.resync(task).await,
            Todo::Nothing => Ok(()),
        }
    }

    async fn see_through(
        &self,
        task: &ShipmentRef,
        record: &OrderRecord,
        purchase: Purchase,
    ) -> Result<(), StepError> {
        match purchase.state {
            PurchaseState::Intended => self.try_again(task, record).await,
            // Another worker waits for the answer.
            PurchaseState::InFlight { lease_until } if self.is_claimed(&purchase, lease_until) => Ok(()),
            PurchaseState::InFlight { .. } => {
                let why = "whoever asked has stopped before the answer was noted";
                self.lose(task, purchase.attempts, why.to_owned()).await?;
                self.reconcile(task).await
            }
            PurchaseState::Unknown { .. } => self.reconcile(task).await,
            PurchaseState::Bought { .. } | PurchaseState::Rejected { .. } => Ok(()),
        }
    }

    fn is_claimed(&self, purchase: &Purchase, lease_until: Timestamp) -> bool {
        lease_until > self.clock.now() && purchase.sent_at.is_some_and(|at| at >= self.alone_since)
    }

    /// The account that sold a label or is to sell one. Without it the shipment waits, and people hear of it at once.
    fn connector(&self, account: &AccountId) -> Result<&dyn Connector, Deferral> {
        self.accounts.get(account).map_err(|unknown| {
            Deferral::notifying(unknown.to_string(), UNKNOWN_ACCOUNT_PAUSE, ExceptionKind::ServiceUnavailable)
        })
    }

    async fn defer(&self, task: &ShipmentRef, deferral: Deferral) -> Result<(), StepError> {
        self.deferrer.defer(task, Message::LabelRequest(task.clone()), deferral).await
    }

    async fn send(&self, message: Message) -> Result<(), StepError> {
        Ok(self.queues.send(&message, Duration::ZERO).await?)
    }

    /// Has the order read back: what is stored is too old, or says that the order may not be shipped now.
    async fn resync(&self, task: &ShipmentRef) -> Result<(), StepError> {
        let source = domain::message::ChangeSource::Timer;
        self.send(Message::order_change(task.key.clone(), source)).await
    }
}

fn todo(record: &OrderRecord, task: &ShipmentRef) -> Todo {
    let Some(shipment) = record.shipment(&task.shipment) else { return Todo::Nothing };
    match &shipment.stage {
        Stage::Rated { .. } => Todo::Begin,
        Stage::Buying { .. } => match shipment.purchase() {
            Ok(purchase) => Todo::SeeThrough(Box::new(purchase.clone())),
            Err(_) => Todo::Nothing,
        },
        Stage::Voiding { .. } => Todo::Void,
        Stage::Labelled { .. } => Todo::Upload,
        Stage::Uploaded { .. } | Stage::Scanned { .. } => Todo::KeepFile,
        // The message that was to have this done may have been lost in a crash.
        Stage::Cancelled { .. } if record.awaits_replacement() => Todo::Replace,
        Stage::Cancelled { voided: Some((_, Void::Submitted)) } => Todo::FollowRefund,
        Stage::Held { .. }
        | Stage::Ready
        | Stage::Delivered { .. }
        | Stage::Blocked { .. }
        | Stage::Cancelled { .. }
        | Stage::ShippedElsewhere => Todo::Nothing,
    }
}
