//! The entries. Their order is that of an order's way through the functions.

use carriers::registry::{CALL_VARIABLES, WEBHOOK_VARIABLES};
use config::{
    ALARMS_TABLE, ALARMS_TOPIC, CATALOGUE_TABLE, DISPATCH_RULES, LABELS_BUCKET, ORDERS_TABLE,
    POLL_OVERLAP_SECONDS, POLL_SECONDS, PROCESSED_EVENTS_TABLE, PUBLIC_URL, RATE_RULES, SETTINGS,
    SHOPS_TABLE, SMS_SENDER_ID, TIKTOK_API_URL, TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_AUTH_URL,
    TIKTOK_CONSENT_URL, TIKTOK_SERVICE_ID, TOKENS_TABLE, VOICE_NUMBER, Variable,
};
use domain::message::Queue;

use crate::{Function, HostShare, Trigger};

/// To call TikTok's API.
static TIKTOK: [&Variable; 5] =
    [&TIKTOK_APP_KEY, &TIKTOK_APP_SECRET, &TIKTOK_API_URL, &TIKTOK_AUTH_URL, &TOKENS_TABLE];

pub static WEBHOOK_INTAKE: Function = Function {
    name: "webhook-intake",
    trigger: Trigger::Http,
    // TikTok waits for an answer for three seconds.
    timeout_seconds: 10,
    sends_to: &[Queue::OrderChanges, Queue::LabelRequests, Queue::ParcelChecks, Queue::ConversationChanges],
    inspects_dead_letters_of: &[],
    reads: &[
        &[&ORDERS_TABLE, &SHOPS_TABLE, &PROCESSED_EVENTS_TABLE],
        // Only signatures are checked; nothing is called.
        &[&TIKTOK_APP_KEY, &TIKTOK_APP_SECRET],
        WEBHOOK_VARIABLES,
    ],
    sample_event: "webhook-intake.order-status-change.json",
};

pub static SHOP_AUTHORIZATION: Function = Function {
    name: "shop-authorization",
    trigger: Trigger::HttpOrInvoked,
    // API Gateway waits for 30 seconds.
    timeout_seconds: 29,
    sends_to: &[],
    inspects_dead_letters_of: &[],
    reads: &[
        &[&SHOPS_TABLE, &PROCESSED_EVENTS_TABLE],
        &TIKTOK,
        &[&TIKTOK_SERVICE_ID, &TIKTOK_CONSENT_URL, &PUBLIC_URL, &SETTINGS],
    ],
    sample_event: "shop-authorization.callback.json",
};

pub static ORDER_POLL: Function = Function {
    name: "order-poll",
    trigger: Trigger::Timer { every_minutes: 1 },
    timeout_seconds: 120,
    sends_to: &[Queue::OrderChanges],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &POLL_SECONDS, &POLL_OVERLAP_SECONDS], &TIKTOK],
    sample_event: "order-poll.json",
};

pub static DUE_SWEEP: Function = Function {
    name: "due-sweep",
    trigger: Trigger::Timer { every_minutes: 1 },
    timeout_seconds: 60,
    sends_to: Queue::ALL,
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &LABELS_BUCKET]],
    sample_event: "due-sweep.json",
};

pub static ORDER_SYNC: Function = Function {
    name: "order-sync",
    trigger: Trigger::Queue { queue: Queue::OrderChanges, on_host: HostShare::ShopBatches },
    timeout_seconds: 60,
    sends_to: Queue::ALL,
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &SETTINGS, &DISPATCH_RULES], &TIKTOK],
    sample_event: "order-sync.webhook.json",
};

pub static RATE_SHOP: Function = Function {
    name: "rate-shop",
    // Carriers are the slowest, most of all when they quote.
    trigger: Trigger::Queue { queue: Queue::RateRequests, on_host: HostShare::Half },
    timeout_seconds: 90,
    sends_to: &[Queue::OrderChanges, Queue::RateRequests, Queue::LabelRequests],
    inspects_dead_letters_of: &[],
    reads: &[
        &[&ORDERS_TABLE, &SHOPS_TABLE, &CATALOGUE_TABLE, &SETTINGS, &RATE_RULES],
        &TIKTOK,
        CALL_VARIABLES,
    ],
    sample_event: "rate-shop.json",
};

pub static LABEL_CREATE: Function = Function {
    name: "label-create",
    trigger: Trigger::Queue { queue: Queue::LabelRequests, on_host: HostShare::Quarter },
    // A purchase is waited for 60 seconds, and may have to be looked up afterwards.
    timeout_seconds: 120,
    sends_to: Queue::ALL,
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &LABELS_BUCKET, &SETTINGS], &TIKTOK, CALL_VARIABLES],
    sample_event: "label-create.json",
};

pub static TRACKING_UPLOAD: Function = Function {
    name: "tracking-upload",
    trigger: Trigger::Queue { queue: Queue::TrackingUploads, on_host: HostShare::Quarter },
    timeout_seconds: 90,
    sends_to: &[Queue::OrderChanges, Queue::TrackingUploads],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE], &TIKTOK],
    sample_event: "tracking-upload.json",
};

pub static TRACKING_WATCH: Function = Function {
    name: "tracking-watch",
    trigger: Trigger::Queue { queue: Queue::ParcelChecks, on_host: HostShare::Few },
    timeout_seconds: 90,
    sends_to: &[Queue::OrderChanges, Queue::ParcelChecks],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE], &TIKTOK, CALL_VARIABLES],
    sample_event: "tracking-watch.json",
};

pub static CONVERSATION_WATCH: Function = Function {
    name: "conversation-watch",
    trigger: Trigger::Queue { queue: Queue::ConversationChanges, on_host: HostShare::Few },
    timeout_seconds: 90,
    sends_to: &[Queue::ConversationChanges],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &PROCESSED_EVENTS_TABLE], &TIKTOK],
    sample_event: "conversation-watch.json",
};

pub static DEADLINE_ALARM: Function = Function {
    name: "deadline-alarm",
    trigger: Trigger::Timer { every_minutes: 1 },
    // A run ends before the next one begins: two would get in each other's way.
    timeout_seconds: 45,
    sends_to: &[],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &ALARMS_TABLE, &ALARMS_TOPIC, &SMS_SENDER_ID, &SETTINGS]],
    sample_event: "deadline-alarm.json",
};

pub static ALARM_CALL: Function = Function {
    name: "alarm-call",
    trigger: Trigger::Topic,
    timeout_seconds: 60,
    sends_to: &[],
    inspects_dead_letters_of: &[],
    reads: &[&[&ALARMS_TABLE, &VOICE_NUMBER, &SETTINGS]],
    sample_event: "alarm-call.json",
};

pub static HOUSEKEEPING: Function = Function {
    name: "housekeeping",
    trigger: Trigger::Timer { every_minutes: 5 },
    timeout_seconds: 300,
    sends_to: Queue::ALL,
    inspects_dead_letters_of: Queue::ALL,
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE, &SETTINGS], &TIKTOK],
    sample_event: "housekeeping.json",
};

pub static REMEDY: Function = Function {
    name: "remedy",
    trigger: Trigger::Invoked,
    timeout_seconds: 300,
    sends_to: &[Queue::OrderChanges, Queue::LabelRequests, Queue::ParcelChecks],
    inspects_dead_letters_of: &[],
    reads: &[&[&ORDERS_TABLE, &SHOPS_TABLE], &TIKTOK, CALL_VARIABLES],
    sample_event: "remedy.retry.json",
};

/// All functions.
pub static FUNCTIONS: [&Function; 14] = [
    &WEBHOOK_INTAKE,
    &SHOP_AUTHORIZATION,
    &ORDER_POLL,
    &DUE_SWEEP,
    &ORDER_SYNC,
    &RATE_SHOP,
    &LABEL_CREATE,
    &TRACKING_UPLOAD,
    &TRACKING_WATCH,
    &CONVERSATION_WATCH,
    &DEADLINE_ALARM,
    &ALARM_CALL,
    &HOUSEKEEPING,
    &REMEDY,
];
