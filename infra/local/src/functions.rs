//! The functions, wired: each gets what it needs and no more.

use std::sync::Arc;

use backend::{Backend, Notifier};
use carriers::Carrier;
use conversation_watch::ConversationWatch;
use deadline_alarm::DeadlineAlarm;
use domain::deadline::DispatchRules;
use domain::message::Message;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use due_sweep::DueSweep;
use housekeeping::Housekeeping;
use label_create::LabelCreate;
use order_poll::{OrderPoll, Pace};
use order_sync::{Hint, Laws, OrderSync, message_outcome};
use rate_shop::RateShop;
use shop_authorization::ShopAuthorization;
use system::{Clock, Random};
use tiktok::TikTok;
use tracing::Instrument as _;
use tracking_upload::TrackingUpload;
use tracking_watch::TrackingWatch;
use webhook_intake::{Senders, WebhookIntake};
use workflow::{MessageOutcome, StepError};

/// What the functions work with.
pub struct Parts {
    /// The backend.
    pub backend: Backend,
    /// TikTok.
    pub tiktok: TikTok,
    /// The carrier.
    pub carrier: Arc<dyn Carrier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The seller's rules.
    pub rules: RateRules,
    /// The markets' rules of dispatch.
    pub dispatch_rules: DispatchRules,
    /// What the seller chose.
    pub settings: Arc<AllSettings>,
    /// Tells people.
    pub notifier: Arc<dyn Notifier>,
    /// How often and how far polls look.
    pub pace: Pace,
    /// Who may send webhooks.
    pub senders: Senders,
}

/// Every function of the pipeline.
pub struct Functions {
    /// Takes webhooks.
    pub webhook_intake: WebhookIntake,
    /// Connects shops.
    pub shop_authorization: ShopAuthorization,
    /// Polls.
    pub order_poll: OrderPoll,
    /// Takes up what is due.
    pub due_sweep: DueSweep,
    /// Reads orders back.
    pub order_sync: OrderSync,
    /// Rates.
    pub rate_shop: RateShop,
    /// Buys.
    pub label_create: LabelCreate,
    /// Uploads.
    pub tracking_upload: TrackingUpload,
    /// Follows parcels.
    pub tracking_watch: TrackingWatch,
    /// Reads what buyers write.
    pub conversation_watch: ConversationWatch,
    /// Raises and tells alarms.
    pub deadline_alarm: DeadlineAlarm,
    /// Keeps shops.
    pub housekeeping: Housekeeping,
}

impl Functions {
    /// Wires them.
    pub fn new(parts: Parts) -> Self {
        let Parts { backend, tiktok, carrier, clock, random, rules, dispatch_rules, pace, senders, .. } =
            parts;
        let (settings, notifier) = (parts.settings, parts.notifier);
        let Backend { orders, alarms, shops, catalogue, labels, processed_events, secrets: _, queues } =
            backend;
        let state_secret = senders.tiktok_app_secret.clone();
        Self {
            webhook_intake: WebhookIntake::new(
                senders,
                orders.clone(),
                shops.clone(),
                processed_events.clone(),
                queues.clone(),
                clock.clone(),
            ),
            shop_authorization: ShopAuthorization::new(
                shops.clone(),
                processed_events.clone(),
                tiktok.clone(),
                clock.clone(),
                settings.clone(),
                state_secret,
            ),
            order_poll: OrderPoll::new(
                orders.clone(),
                shops.clone(),
                queues.clone(),
                tiktok.clone(),
                clock.clone(),
                pace,
            ),
            due_sweep: DueSweep::new(orders.clone(), labels.clone(), queues.clone(), clock.clone()),
            order_sync: OrderSync::new(
                orders.clone(),
                shops.clone(),
                queues.clone(),
                tiktok.clone(),
                clock.clone(),
                random.clone(),
                Laws { dispatch: dispatch_rules, settings: settings.clone() },
            ),
            rate_shop: RateShop::new(
                rate_shop::Stores {
                    orders: orders.clone(),
                    shops: shops.clone(),
                    catalogue,
                    queues: queues.clone(),
                },
                tiktok.clone(),
                carrier.clone(),
                clock.clone(),
                random.clone(),
                rules,
                settings.clone(),
            ),
            label_create: LabelCreate::new(
                label_create::Stores {
                    orders: orders.clone(),
                    shops: shops.clone(),
                    labels,
                    queues: queues.clone(),
                },
                carrier.clone(),
                clock.clone(),
                random.clone(),
            ),
            tracking_upload: TrackingUpload::new(
                orders.clone(),
                shops.clone(),
                queues.clone(),
                tiktok.clone(),
                clock.clone(),
                random.clone(),
            ),
            tracking_watch: TrackingWatch::new(
                orders.clone(),
                queues.clone(),
                carrier,
                clock.clone(),
                random,
            ),
            conversation_watch: ConversationWatch::new(
                orders.clone(),
                shops.clone(),
                processed_events,
                queues.clone(),
                tiktok.clone(),
                clock.clone(),
            ),
            deadline_alarm: DeadlineAlarm::new(
                orders.clone(),
                shops.clone(),
                alarms,
                notifier,
                settings.clone(),
                clock.clone(),
            ),
            housekeeping: Housekeeping::new(orders, shops, queues, tiktok, clock, settings),
        }
    }

    /// Hands a message to the function that serves its queue.
    pub async fn handle(&self, message: Message) -> MessageOutcome {
        let span = tracing::error_span!("message", queue = message.queue().name(), about = about(&message));
        let outcome = async {
            match message {
                Message::OrderChange { key, source } => {
                    let outcome = self.sync(vec![Hint { key, source }]).await.pop();
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
    pub async fn sync(&self, hints: Vec<Hint>) -> Vec<MessageOutcome> {
        Box::pin(self.order_sync.handle_batch(hints)).await.iter().map(message_outcome).collect()
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
