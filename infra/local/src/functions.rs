//! The functions, wired: each gets what it needs and no more.

use std::sync::Arc;

use backend::{Backend, Notifier};
use carriers::CarrierAccounts;
use conversation_watch::ConversationWatch;
use deadline_alarm::DeadlineAlarm;
use domain::deadline::DispatchRules;
use domain::rates::RateRules;
use domain::settings::AllSettings;
use due_sweep::DueSweep;
use housekeeping::Housekeeping;
use label_create::LabelCreate;
use order_poll::{OrderPoll, Pace};
use order_sync::{Laws, OrderSync};
use rate_shop::RateShop;
use remedy::RemedyStep;
use shop_authorization::ShopAuthorization;
use system::{Clock, Random};
use tiktok::TikTok;
use tracking_upload::TrackingUpload;
use tracking_watch::TrackingWatch;
use webhook_intake::{Senders, WebhookIntake};

/// What the functions work with.
pub struct Parts {
    pub backend: Backend,
    pub tiktok: TikTok,
    /// The carrier accounts.
    pub accounts: CarrierAccounts,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub rules: RateRules,
    /// The markets' rules of dispatch.
    pub dispatch_rules: DispatchRules,
    /// What the seller chose.
    pub settings: Arc<AllSettings>,
    pub notifier: Arc<dyn Notifier>,
    /// How often and how far polls look.
    pub pace: Pace,
    /// Who may send webhooks.
    pub senders: Senders,
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
    pub fn new(parts: Parts) -> Self {
        let Parts { backend, tiktok, accounts, clock, random, rules, dispatch_rules, pace, senders, .. } =
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
                accounts.clone(),
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
                accounts.clone(),
                settings.clone(),
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
            remedy: RemedyStep::new(
                orders.clone(),
                shops.clone(),
                queues.clone(),
                tiktok.clone(),
                carrier.clone(),
                clock.clone(),
            ),
            tracking_watch: TrackingWatch::new(
                orders.clone(),
                queues.clone(),
                accounts,
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
}
