//! A shipment whose step failed outside is put off: the outage is noted, people hear of it in time, and the message
//! comes again later. One that only has to wait for its turn is not in outage, and nothing is noted.

use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues};
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::retry::Retry;
use domain::shop::ShopClosed;
use system::{Clock, Random};

use crate::error::StepError;
use crate::update::update_order;

/// How often a shipment looks whether its shop is open again: the longest that a queue keeps a message back.
const CLOSED_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Why a shipment is put off.
#[derive(Clone, Debug)]
pub enum Deferral {
    /// Something failed.
    Failed {
        /// What, without personal data.
        what: String,
        /// The least pause.
        at_least: Duration,
        /// The exception to open at once. Without one, an exception opens when the outage lasts.
        exception: Option<ExceptionKind>,
    },
    /// It is not this shipment's turn: the service that it needs takes no more calls for so long.
    Paused(Duration),
}

impl Deferral {
    /// A fault that may pass by itself, or a pause, as the error's `retry` says.
    pub fn passing(what: impl Into<String>, retry: Retry) -> Self {
        let at_least = match retry {
            Retry::Paused(after) => return Self::Paused(after),
            Retry::After(pause) => pause,
            Retry::Never | Retry::Reconcile => Duration::ZERO,
        };
        Self::Failed { what: what.into(), at_least, exception: None }
    }

    /// A fault that people are to hear of at once.
    pub fn told(what: impl Into<String>, at_least: Duration, exception: ExceptionKind) -> Self {
        Self::Failed { what: what.into(), at_least, exception: Some(exception) }
    }

    /// The shop is closed: its shipments wait until the operator opens it again.
    pub fn closed(closed: ShopClosed) -> Self {
        Self::told(closed.why, CLOSED_PAUSE, closed.exception)
    }
}

/// Puts shipments off.
pub struct Deferrer {
    orders: Arc<dyn OrderStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Deferrer {
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
    ///
    /// # Errors
    /// [`StepError::Paused`] for a shipment that only waits for its turn; else when the backend fails.
    pub async fn defer(
        &self,
        task: &ShipmentRef,
        again: Message,
        setback: Deferral,
    ) -> Result<(), StepError> {
        let (what, at_least, exception) = match setback {
            Deferral::Failed { what, at_least, exception } => (what, at_least, exception),
            Deferral::Paused(after) => return Err(StepError::Paused(after)),
        };
        let now = self.clock.now();
        let random = self.random.number();
        let deferrer = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(None) };
            let pause = shipment.record_failure(what.clone(), at_least, random, now);
            let lasting = shipment.is_failing_too_long(now).then_some(ExceptionKind::ServiceUnavailable);
            if let Some(kind) = exception.or(lasting) {
                record.open_exception(kind, Some(&task.shipment), what.clone(), now);
            }
            record.refresh_exceptions(now);
            let stage = record.shipment(&task.shipment).map_or("", |shipment| shipment.stage.name());
            Ok(Some((pause, stage)))
        })
        .await?;
        let Some((pause, stage)) = deferrer else { return Ok(()) };
        tracing::warn!(
            order = %task.key,
            shipment = %task.shipment,
            stage,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            error = what,
            "shipment is put off",
        );
        self.queues.send(&again, pause).await?;
        Ok(())
    }
}
