//! Orders with a deadline, sweeps under a plan, and what was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backend::{Backend, Notification, Notifier};
use backend_contract::samples;
use deadline_alarm::{AlarmSweepReport, DeadlineAlarm, DeadlineAlarmDeps};
use domain::Timestamp;
use domain::deadline::{Deadline, DispatchRules, deadline};
use domain::order::{Clocks, Order, OrderKind};
use domain::recipient::Channel;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use pipeline::{FaultPlan, FaultyBackend, FaultyNotifier, Notifications};
use system::Clock;

/// Two people: Ann is told over every channel, Bo may not be called and reads Chinese.
pub fn settings() -> Arc<AllSettings> {
    let json = r#"{"default": {"list_url": "https://punctual.example/list", "recipients": [
        {"id": "ann", "email": "ann@example.com", "phone": "+14155550100",
         "sms_consent": "2026-01-02", "call_consent": "2026-01-02"},
        {"id": "bo", "language": "zh", "email": "bo@example.com", "phone": "+14155550101",
         "sms_consent": "2026-01-02"}
    ]}}"#;
    Arc::new(AllSettings::read(json).unwrap())
}

/// Stores a shop.
pub async fn shop_with(backend: &Backend, id: &str, now: Timestamp) {
    backend.shops.commit_shop(&samples::shop(id, now), 0).await.unwrap();
}

/// An order that must be dispatched by `by`, first seen at `seen`. It is made to order: nothing is said of its label.
pub fn waiting(shop: &str, id: &str, by: Timestamp, seen: Timestamp) -> OrderRecord {
    let mut record = samples::order(shop, id, seen);
    record.order = Order {
        kind: OrderKind::MadeToOrder,
        clocks: Clocks { ready_by: Some(by), ..Clocks::default() },
        // Far enough before the deadline for it to be one.
        paid_at: by.saturating_sub(jiff::SignedDuration::from_hours(100)).ok(),
        ..record.order
    };
    record.deadline = deadline(&record.order, &DispatchRules::built_in().unwrap());
    assert_eq!(record.deadline.as_ref().map(|Deadline { at, .. }| *at), Some(by));
    record
}

/// A process that sweeps once, under `plan`; `None` when it died.
pub async fn sweep<C: Clock>(
    backend: &Backend,
    service: &Arc<Notifications>,
    clock: &Arc<C>,
    plan: &Arc<FaultPlan>,
) -> Option<AlarmSweepReport> {
    let clock: Arc<dyn Clock> = clock.clone();
    let telling = FaultyNotifier { service: service.clone(), plan: plan.clone(), clock: clock.clone() };
    let under_plan = Backend::of(FaultyBackend::new(backend.clone(), plan.clone()));
    let Backend { orders, shops, alarms, .. } = under_plan;
    let alarm = DeadlineAlarm::new(DeadlineAlarmDeps {
        orders,
        shops,
        alarms,
        notifier: Arc::new(telling),
        settings: settings(),
        clock,
    });
    tokio::select! {
        biased;
        () = plan.crash() => None,
        swept = alarm.run() => Some(swept.unwrap_or_default()),
    }
}

/// A process that sweeps once, tells by `notifier`, and dies: the next one knows only what is stored.
pub async fn sweep_by<C: Clock>(
    backend: &Backend,
    notifier: &Arc<dyn Notifier>,
    settings: &str,
    clock: &Arc<C>,
) -> AlarmSweepReport {
    telling_by(backend, notifier, settings, clock).run().await.unwrap()
}

/// A process that tells by `notifier`.
pub fn telling_by<C: Clock>(
    backend: &Backend,
    notifier: &Arc<dyn Notifier>,
    settings: &str,
    clock: &Arc<C>,
) -> DeadlineAlarm {
    let Backend { orders, shops, alarms, .. } = backend.clone();
    let settings = Arc::new(AllSettings::read(settings).unwrap());
    DeadlineAlarm::new(DeadlineAlarmDeps {
        orders,
        shops,
        alarms,
        notifier: notifier.clone(),
        settings,
        clock: clock.clone(),
    })
}

/// What was told, by order.
pub struct DeliveredOrders {
    messages: BTreeMap<String, Vec<(Timestamp, Notification)>>,
}

impl DeliveredOrders {
    /// Everything that an e-mail names, and every other message by the orders of its alarm.
    pub fn by(
        told: Vec<(Timestamp, Notification)>,
        orders_of: impl Fn(&Notification) -> Vec<String>,
    ) -> Self {
        let mut messages: BTreeMap<String, Vec<(Timestamp, Notification)>> = BTreeMap::new();
        for (at, message) in told {
            for order in orders_of(&message) {
                messages.entry(order).or_default().push((at, message.clone()));
            }
        }
        Self { messages }
    }

    /// The messages to `recipient` that tell of `order`.
    pub fn messages(&self, order: &str, recipient: &str) -> Vec<&(Timestamp, Notification)> {
        let of_order = self.messages.get(order).into_iter().flatten();
        of_order.filter(|(_, message)| message.recipient.as_str() == recipient).collect()
    }

    /// What was told twice, one line each. An e-mail may come twice, if it is the same one.
    pub fn twice(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut twice = Vec::new();
        let mut deliveries = BTreeSet::new();
        for (order, messages) in &self.messages {
            for (_, message) in messages {
                let line =
                    format!("{order} {} {} {}", message.kind, message.recipient, message.channel.name());
                let same = message.channel == Channel::Email && deliveries.contains(&message.delivery);
                deliveries.insert(message.delivery.clone());
                if !seen.insert(line.clone()) && !same {
                    twice.push(line);
                }
            }
        }
        twice
    }
}

/// The orders of the alarm that each message tells of.
pub async fn orders_by_alarm(backend: &Backend, service: &Notifications) -> BTreeMap<String, Vec<String>> {
    let mut orders = BTreeMap::new();
    for (_, message) in service.sent() {
        if let std::collections::btree_map::Entry::Vacant(entry) = orders.entry(message.alarm.to_string()) {
            let alarm = backend.alarms.load_alarm(&message.alarm).await.unwrap().unwrap().value;
            entry.insert(alarm.orders.iter().map(|order| format!("{}/{order}", alarm.shop)).collect());
        }
    }
    orders
}
