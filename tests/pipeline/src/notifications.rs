//! What people were notified of.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use backend::{Notification, Notifier, NotifyError, NotifyOutcome};
use domain::Timestamp;
use system::Clock;

use crate::faults::FaultPlan;

/// Accepts notifications as a service would, and records when each came.
#[derive(Default)]
pub struct Notifications {
    sent: Mutex<Vec<(Timestamp, Notification)>>,
}

impl Notifications {
    /// All notifications, in their order.
    pub fn sent(&self) -> Vec<(Timestamp, Notification)> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The service as a process with the faults of a plan reaches it.
pub struct FaultyNotifier {
    pub service: Arc<Notifications>,
    pub plan: Arc<FaultPlan>,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Notifier for FaultyNotifier {
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        let take = async {
            let mut sent = self.service.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push((self.clock.now(), notification.clone()));
            Ok(NotifyOutcome::Sent)
        };
        // A lost answer says nothing of the message.
        self.plan.run(take, || NotifyError::Unknown { reason: "fault injected by the test".to_owned() }).await
    }
}
