//! alarm-call: makes the phone calls of alarms.
//!
//! deadline-alarm hands a call on by publishing it to the topic. The event names the alarm and the message; who is
//! called and what is said comes from the stored alarm and the settings. A call is claimed before the provider is
//! asked, so that an event that comes twice calls once.

use std::sync::Arc;
use std::time::Duration;

use backend::{AlarmStore, NotifyError, VoiceCall, VoiceCalls};
use domain::alarm::{Alarm, DeliveryOutcome, alarm_text};
use domain::recipient::{Channel, Recipient};
use domain::settings::AllSettings;
use domain::{AlarmId, DeliveryId, Private};
use serde::{Deserialize, Serialize};
use system::Clock;
use workflow::{StepError, error_chain, update_alarm};

/// How often, in one event, a call that certainly was not made is tried.
const TRIES: u32 = 3;
/// The longest pause between two tries: the claim on the call ends after 30 s.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The shortest pause after which a call that was not made is handed on again.
const CALLED_AGAIN_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// A call that was handed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRequest {
    /// The alarm.
    pub alarm: AlarmId,
    /// The message of it that is the call.
    pub delivery: DeliveryId,
}

/// The step.
pub struct AlarmCall {
    alarms: Arc<dyn AlarmStore>,
    voice: Arc<dyn VoiceCalls>,
    settings: Arc<AllSettings>,
    clock: Arc<dyn Clock>,
}

impl AlarmCall {
    /// Uses these.
    pub fn new(
        alarms: Arc<dyn AlarmStore>,
        voice: Arc<dyn VoiceCalls>,
        settings: Arc<AllSettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { alarms, voice, settings, clock }
    }

    /// Makes the call, unless it was made or given up.
    pub async fn handle(&self, request: &CallRequest) -> Result<(), StepError> {
        let now = self.clock.now();
        let claimed = update_alarm(&*self.alarms, &request.alarm, |alarm| {
            alarm.claim_call(&request.delivery, now).is_some()
        })
        .await?;
        let Some(claimed) = claimed else { return Ok(()) };
        let alarm = claimed.value;
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        let told = self.call(&alarm, &request.delivery, recipients).await;
        let now = self.clock.now();
        update_alarm(&*self.alarms, &request.alarm, |alarm| {
            alarm.record_call_outcome(&request.delivery, told.clone(), recipients, now);
            true
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
            return DeliveryOutcome::Refused { reason: "the recipient is not called any more".to_owned() };
        };
        let text = alarm_text(alarm, Channel::Call, recipient.language, &recipient.zone(), None).text;
        let call = VoiceCall {
            delivery: id.clone(),
            to: to.clone(),
            language: recipient.language,
            text: Private::new(text),
        };
        let mut tries = 1;
        loop {
            match self.voice.call(&call).await {
                Ok(made) => {
                    tracing::info!(delivery = %id, call = %made, "call is made");
                    return DeliveryOutcome::Sent;
                }
                Err(error @ NotifyError::NotSent { after, .. }) if tries < TRIES => {
                    tracing::warn!(delivery = %id, error = error_chain(&error), "call is tried again");
                    tries += 1;
                    tokio::time::sleep(after.min(PAUSE_MAX)).await;
                }
                Err(error) => {
                    match error {
                        NotifyError::Denied { .. } => {
                            tracing::error!(undelivered = true, delivery = %id, error = error_chain(&error), "calls can't be made");
                        }
                        _ => tracing::warn!(delivery = %id, error = error_chain(&error), "call is not made"),
                    }
                    return told_of(error);
                }
            }
        }
    }
}

/// What an error of the provider says of the call. One that was certainly not made is handed on again after a pause that
/// grows, and told by e-mail meanwhile.
fn told_of(error: NotifyError) -> DeliveryOutcome {
    match error {
        NotifyError::Refused { reason } => DeliveryOutcome::Refused { reason },
        NotifyError::NotSent { reason, .. } | NotifyError::Denied { reason } => {
            DeliveryOutcome::NotSent { reason, after: CALLED_AGAIN_AFTER }
        }
        NotifyError::Unknown { .. } => DeliveryOutcome::Unknown,
    }
}
