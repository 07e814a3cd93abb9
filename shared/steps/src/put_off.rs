//! A shipment whose step failed outside is put off: the trouble is noted, people hear of it in time, and the message
//! comes again later.

use std::sync::Arc;
use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentTask};
use domain::shop::Closed;
use engine::{Clock, OrderStore, Queues, Random};

use crate::change::change_existing;
use crate::error::StepError;

/// How often a shipment looks whether its shop is open again: the longest that a queue keeps a message back.
const CLOSED_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Why a shipment is put off.
#[derive(Clone, Debug)]
pub struct Setback {
    /// What failed, without personal data.
    pub what: String,
    /// The least pause.
    pub at_least: Duration,
    /// The exception to open at once. Without one, an exception opens when the trouble lasts.
    pub exception: Option<ExceptionKind>,
}

impl Setback {
    /// A fault that may pass by itself.
    pub fn passing(what: impl Into<String>, at_least: Duration) -> Self {
        Self { what: what.into(), at_least, exception: None }
    }

    /// The shop is closed: its shipments wait until the operator opens it again.
    pub fn closed(closed: Closed) -> Self {
        Self { what: closed.why.to_owned(), at_least: CLOSED_PAUSE, exception: Some(closed.exception) }
    }
}

/// Puts shipments off.
pub struct PutOff {
    orders: Arc<dyn OrderStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl PutOff {
    /// Uses these.
    pub fn new(
        orders: Arc<dyn OrderStore>,
        queues: Arc<dyn Queues>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { orders, queues, clock, random }
    }

    /// Notes the setback of the task's shipment and has `again` sent after a pause that grows with every attempt.
    pub async fn put_off(
        &self,
        task: &ShipmentTask,
        again: Message,
        setback: Setback,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let random = self.random.number();
        let put_off = change_existing(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(None) };
            let pause = shipment.note_trouble(setback.what.clone(), setback.at_least, random, now);
            let lasting = shipment.in_long_trouble(now).then_some(ExceptionKind::ServiceUnavailable);
            if let Some(kind) = setback.exception.or(lasting) {
                record.open_exception(kind, Some(&task.shipment), setback.what.clone(), now);
            }
            record.settle(now);
            let stage = record.shipment(&task.shipment).map_or("", |shipment| shipment.stage.name());
            Ok(Some((pause, stage)))
        })
        .await?;
        let Some((pause, stage)) = put_off else { return Ok(()) };
        tracing::warn!(
            order = %task.key,
            shipment = %task.shipment,
            stage,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            error = setback.what,
            "shipment is put off",
        );
        self.queues.send(&again, pause).await?;
        Ok(())
    }
}
