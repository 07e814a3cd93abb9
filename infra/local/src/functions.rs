//! The functions, wired: each gets what it needs and no more.

use std::sync::Arc;

use backend::{Backend, Notifier};
use carriers::CarrierAccounts;
use conversation_watch::{ConversationWatch, ConversationWatchDeps};
use deadline_alarm::{DeadlineAlarm, DeadlineAlarmDeps};
use domain::Private;
use domain::deadline::DispatchRules;
use domain::message::{Message, OrderChange};
use domain::rates::RateRules;
use domain::settings::AllSettings;
use due_sweep::DueSweep;
use housekeeping::{Housekeeping, HousekeepingDeps};
use label_create::{LabelCreate, LabelCreateDeps};
use order_poll::{OrderPoll, OrderPollDeps, PollSettings};
use order_sync::{OrderSync, OrderSyncDeps, message_outcome};
use rate_shop::{RateShop, RateShopDeps};
use remedy::{RemedyDeps, RemedyStep};
use shop_authorization::{ShopAuthorization, ShopAuthorizationDeps};
use system::{Clock, Random};
use tiktok::TikTok;
use tracing::Instrument as _;
use tracking_upload::{TrackingUpload, TrackingUploadDeps};
use tracking_watch::{TrackingWatch, TrackingWatchDeps};
use webhook_intake::{Senders, WebhookIntake, WebhookIntakeDeps};
use workflow::{MessageOutcome, StepError};

/// What the functions work with.
pub struct FunctionParts {
    pub backend: Backend,
    pub tiktok: TikTok,
    pub accounts: CarrierAccounts,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub rules: RateRules,
    /// The markets' rules of dispatch.
    pub dispatch_rules: DispatchRules,
    /// What the seller chose.
    pub settings: Arc<AllSettings>,
    /// Why newer settings could not be used.
    pub rejected_settings: Option<String>,
    pub notifier: Arc<dyn Notifier>,
    /// How often and how far polls look.
    pub pace: PollSettings,
    /// Who may send webhooks.
    pub senders: Senders,
    /// Signs the links with which shops are connected.
    pub link_secret: Private<String>,
}

/// Every function of the pipeline.
pub struct Functions {
    pub webhook_intake: WebhookIntake,
    pub shop_authorization: ShopAuthorization,
    pub order_poll: OrderPoll,
    /// Takes up what is due.
    pub due_sweep: DueSweep,
    pub order_sync: OrderSync,
    pub rate_shop: RateShop,
    pub label_create: LabelCreate,
    pub tracking_upload: TrackingUpload,
    pub tracking_watch: TrackingWatch,
    /// Reads what buyers write.
    pub conversation_watch: ConversationWatch,
    /// Raises and tells alarms.
    pub deadline_alarm: DeadlineAlarm,
    pub housekeeping: Housekeeping,
    /// What people do about exceptions.
    pub remedy: RemedyStep,
}

impl Functions {
    /// Wires them.
    pub fn new(parts: FunctionParts) -> Self {
        let FunctionParts {
            backend,
            tiktok,
            accounts,
            clock,
            random,
            rules,
            dispatch_rules,
            pace,
            senders,
            ..
        } = parts;
        let (settings, notifier) = (parts.settings, parts.notifier);
        let Backend { orders, alarms, shops, catalogue, labels, processed_events, secrets: _, queues } =
            backend;
        Self {
            webhook_intake: WebhookIntake::new(WebhookIntakeDeps {
                senders,
                orders: orders.clone(),
                shops: shops.clone(),
                processed_events: processed_events.clone(),
                queues: queues.clone(),
                clock: clock.clone(),
            }),
            shop_authorization: ShopAuthorization::new(ShopAuthorizationDeps {
                shops: shops.clone(),
                processed_events: processed_events.clone(),
                tiktok: tiktok.clone(),
                clock: clock.clone(),
                settings: settings.clone(),
                secret: parts.link_secret,
            }),
            order_poll: OrderPoll::new(OrderPollDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                clock: clock.clone(),
                polling: pace,
            }),
            due_sweep: DueSweep::new(orders.clone(), labels.clone(), queues.clone(), clock.clone()),
            order_sync: OrderSync::new(OrderSyncDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                clock: clock.clone(),
                random: random.clone(),
                dispatch: dispatch_rules,
                settings: settings.clone(),
            }),
            rate_shop: RateShop::new(RateShopDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                catalogue,
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                accounts: accounts.clone(),
                clock: clock.clone(),
                random: random.clone(),
                rules,
                settings: settings.clone(),
            }),
            label_create: LabelCreate::new(LabelCreateDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                labels,
                queues: queues.clone(),
                accounts: accounts.clone(),
                tiktok: tiktok.clone(),
                settings: settings.clone(),
                clock: clock.clone(),
                random: random.clone(),
            }),
            tracking_upload: TrackingUpload::new(TrackingUploadDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                clock: clock.clone(),
                random: random.clone(),
            }),
            remedy: RemedyStep::new(RemedyDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                accounts: accounts.clone(),
                clock: clock.clone(),
            }),
            tracking_watch: TrackingWatch::new(TrackingWatchDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                queues: queues.clone(),
                accounts,
                tiktok: tiktok.clone(),
                clock: clock.clone(),
                random,
            }),
            conversation_watch: ConversationWatch::new(ConversationWatchDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                processed_events,
                queues: queues.clone(),
                tiktok: tiktok.clone(),
                clock: clock.clone(),
            }),
            deadline_alarm: DeadlineAlarm::new(DeadlineAlarmDeps {
                orders: orders.clone(),
                shops: shops.clone(),
                alarms,
                notifier,
                settings: settings.clone(),
                clock: clock.clone(),
            }),
            housekeeping: Housekeeping::new(HousekeepingDeps {
                orders,
                shops,
                queues,
                tiktok,
                clock,
                settings,
                rejected_settings: parts.rejected_settings,
            }),
        }
    }

    /// Hands a message to the function that serves its queue.
    pub async fn handle(&self, message: Message) -> MessageOutcome {
        let span = tracing::error_span!("message", queue = message.queue().name(), about = about(&message));
        let outcome = async {
            match message {
                Message::OrderChange(change) => {
                    let outcome = self.sync(vec![change]).await.pop();
                    outcome.unwrap_or(MessageOutcome::Failed)
                }
                Message::RateRequest(shipment) => run(self.rate_shop.handle(&shipment)).await,
                Message::LabelRequest(shipment) => run(self.label_create.handle(&shipment)).await,
                Message::TrackingUpload(shipment) => run(self.tracking_upload.handle(&shipment)).await,
                Message::ParcelCheck(shipment) => run(self.tracking_watch.handle(&shipment)).await,
                Message::ConversationChange { shop, conversation } => {
                    run(self.conversation_watch.handle(&shop, &conversation)).await
                }
            }
        };
        outcome.instrument(span).await
    }

    /// Reads orders of one shop back together, and returns an outcome for each, in their order.
    pub async fn sync(&self, changes: Vec<OrderChange>) -> Vec<MessageOutcome> {
        Box::pin(self.order_sync.handle_batch(changes)).await.iter().map(message_outcome).collect()
    }
}

/// The steps' futures are large, and most of them would lie unused in that of [`Functions::handle`].
async fn run(step: impl Future<Output = Result<(), StepError>>) -> MessageOutcome {
    Box::pin(MessageOutcome::of(step)).await
}

/// What a message is about, for the log.
fn about(message: &Message) -> String {
    match message.key() {
        Some(key) => format!("order {key}"),
        None => format!("shop {}", message.shop()),
    }
}
