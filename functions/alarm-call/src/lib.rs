//! alarm-call: makes the phone calls of alarms.
//!
//! deadline-alarm requests a call by publishing it to the topic. The event names the alarm and the message; whom to call and
//! what to say comes from the stored alarm and the settings. A call is claimed before the provider is asked, so that an
//! event that comes twice makes one call.

use std::sync::Arc;
use std::time::Duration;

use backend::{AlarmStore, NotifyError, VoiceCall, VoiceCalls};
use domain::alarm::{Alarm, DeliveryOutcome, alarm_text};
use domain::recipient::{Channel, Recipient};
use domain::settings::AllSettings;
use domain::{AlarmId, DeliveryId, Private};
use serde::{Deserialize, Serialize};
use system::Clock;
use workflow::{Change, StepError, error_chain, update_alarm};

/// How often one event attempts a call that certainly was not made.
const ATTEMPTS_MAX: u32 = 3;
/// The longest pause between two attempts: the claim on the call ends after 30 s.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The least pause before a call that was not made is requested again.
const CALLED_AGAIN_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// A call that was requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRequest {
    pub alarm: AlarmId,
    /// The message of the alarm that is the call.
    pub delivery: DeliveryId,
}

/// Makes the phone calls that alarms request.
pub struct AlarmCall {
    alarms: Arc<dyn AlarmStore>,
    voice: Arc<dyn VoiceCalls>,
    settings: Arc<AllSettings>,
    clock: Arc<dyn Clock>,
}

impl AlarmCall {
    pub fn new(
        alarms: Arc<dyn AlarmStore>,
        voice: Arc<dyn VoiceCalls>,
        settings: Arc<AllSettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { alarms, voice, settings, clock }
    }

    /// Makes the call, unless it was made already or has expired.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn handle(&self, request: &CallRequest) -> Result<(), StepError> {
        let now = self.clock.now();
        let claimed = update_alarm(&*self.alarms, &request.alarm, |alarm| {
            Change::commit_if(alarm.claim_call(&request.delivery, now).is_some())
        })
        .await?;
        // The event came twice, the call has expired, or the alarm is gone.
        let Some(claimed) = claimed else { return Ok(()) };
        let alarm = claimed.value;
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        let outcome = self.call(&alarm, &request.delivery, recipients).await;
        let now = self.clock.now();
        update_alarm(&*self.alarms, &request.alarm, |alarm| {
            alarm.record_call_outcome(&request.delivery, outcome.clone(), recipients, now);
            Change::Commit(())
        })
        .await?;
        Ok(())
    }

    async fn call(&self, alarm: &Alarm, id: &DeliveryId, recipients: &[Recipient]) -> DeliveryOutcome {
        let recipient =
            alarm.deliveries.iter().find(|delivery| delivery.id == *id).map(|found| &found.recipient);
        let recipient = recipients.iter().find(|candidate| Some(&candidate.id) == recipient);
        let Some((recipient, to)) = recipient.and_then(|found| Some((found, found.address(Channel::Call)?)))
        else {
            return DeliveryOutcome::Refused { reason: "the recipient can no longer be called".to_owned() };
        };
        let text = alarm_text(alarm, Channel::Call, recipient.language, &recipient.zone(), None).text;
        let call = VoiceCall {
            delivery: id.clone(),
            to: to.clone(),
            language: recipient.language,
            text: Private::new(text),
        };
        let mut attempts = 1;
        loop {
            match self.voice.call(&call).await {
                Ok(made) => {
                    tracing::info!(delivery = %id, call = %made, "call is made");
                    return DeliveryOutcome::Sent;
                }
                Err(error @ NotifyError::NotSent { after, .. }) if attempts < ATTEMPTS_MAX => {
                    tracing::warn!(delivery = %id, error = error_chain(&error), "call will be retried");
                    attempts += 1;
                    tokio::time::sleep(after.min(PAUSE_MAX)).await;
                }
                Err(error) => {
                    match error {
                        NotifyError::Denied { .. } => {
                            tracing::error!(undelivered = true, delivery = %id, error = error_chain(&error), "calls can't be made");
                        }
                        NotifyError::Refused { .. }
                        | NotifyError::NotSent { .. }
                        | NotifyError::Unknown { .. } => {
                            tracing::warn!(delivery = %id, error = error_chain(&error), "call was not made");
                        }
                    }
                    return outcome_of(error);
                }
            }
        }
    }
}

/// What an error of the provider means for the call. One that was certainly not made is requested again after a growing
/// pause, and sent as an e-mail meanwhile.
fn outcome_of(error: NotifyError) -> DeliveryOutcome {
    match error {
        NotifyError::Refused { reason } => DeliveryOutcome::Refused { reason },
        NotifyError::NotSent { reason, .. } | NotifyError::Denied { reason } => {
            DeliveryOutcome::NotSent { reason, after: CALLED_AGAIN_AFTER }
        }
        NotifyError::Unknown { .. } => DeliveryOutcome::Unknown,
    }
}
