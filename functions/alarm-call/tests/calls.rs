//! A call that was requested is made once; one that is not made is replaced by an e-mail.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alarm_call::{AlarmCall, CallRequest};
use async_trait::async_trait;
use backend::{Backend, NotifyError, VoiceCall, VoiceCalls};
use backend_sqlite::SqliteBackend;
use domain::alarm::{Alarm, AlarmKind, AlarmLevel, AlarmPhase, DeliveryOutcome, DeliveryState};
use domain::recipient::{Channel, Language};
use domain::settings::AllSettings;
use domain::{CallId, DeliveryId, OrderId, ShopId, Timestamp};
use system::{Clock, ManualClock};
use tempfile::TempDir;

/// A provider that gives these answers in turn, and then accepts every call.
#[derive(Default)]
struct Provider {
    answers: Mutex<VecDeque<NotifyError>>,
    calls: Mutex<Vec<VoiceCall>>,
}

#[async_trait]
impl VoiceCalls for Provider {
    async fn call(&self, call: &VoiceCall) -> Result<CallId, NotifyError> {
        self.calls.lock().unwrap().push(call.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(CallId::new("call-1")),
        }
    }
}

struct CallWorld {
    backend: Backend,
    clock: Arc<ManualClock>,
    provider: Arc<Provider>,
    function: AlarmCall,
    request: CallRequest,
    _folder: TempDir,
}

const SETTINGS: &str = r#"{"default": {"recipients": [{"id": "bo", "language": "zh", "email": "bo@example.com",
    "phone": "+14155550101", "channels": ["email", "call"], "call_consent": "2026-01-02"}]}}"#;

impl CallWorld {
    /// An alarm whose call to Bo was requested.
    async fn new(answers: impl IntoIterator<Item = NotifyError>) -> Self {
        let clock = Arc::new(ManualClock::new("2026-11-24T12:00:30Z".parse().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
        let settings = Arc::new(AllSettings::read(SETTINGS).unwrap());
        let now = clock.now();
        let recipients = &settings.default.recipients;
        let kind = AlarmKind::Dispatch(AlarmLevel::SixHours);
        let order = vec![OrderId::new("5770")];
        let mut alarm = Alarm::new(ShopId::new("7495"), kind, order.clone(), now);
        alarm.send_to(order, "2026-11-24T18:00:00Z".parse().ok(), recipients, now);
        let claim = alarm.claim(now).unwrap();
        alarm.record_outcome(&claim.delivery, DeliveryOutcome::Queued, recipients, now);
        backend.alarms.commit_alarm(&alarm, 0).await.unwrap();
        let provider =
            Arc::new(Provider { answers: Mutex::new(answers.into_iter().collect()), ..Provider::default() });
        let function = AlarmCall::new(backend.alarms.clone(), provider.clone(), settings, clock.clone());
        let request = CallRequest { alarm: alarm.id, delivery: claim.delivery };
        Self { backend, clock, provider, function, request, _folder: folder }
    }

    fn calls(&self) -> usize {
        self.provider.calls.lock().unwrap().len()
    }

    async fn alarm(&self) -> Alarm {
        self.backend.alarms.load_alarm(&self.request.alarm).await.unwrap().unwrap().value
    }
}

fn refused() -> NotifyError {
    NotifyError::Refused { reason: "no such number".into() }
}

fn denied() -> NotifyError {
    NotifyError::Denied { reason: "AccessDeniedException (403)".into() }
}

fn not_sent() -> NotifyError {
    NotifyError::NotSent { reason: "throttled".into(), after: Duration::ZERO }
}

#[tokio::test]
async fn a_call_is_made_once_in_the_recipient_s_language() {
    let world = CallWorld::new([]).await;
    for _ in 0..3 {
        world.function.handle(&world.request).await.unwrap();
    }
    assert_eq!(world.calls(), 1);
    let call = world.provider.calls.lock().unwrap()[0].clone();
    assert_eq!((call.to.expose().as_str(), call.language), ("+14155550101", Language::Chinese));
    assert!(call.text.expose().contains("1 单须在 6 小时内发货"), "{}", call.text.expose());
    let alarm = world.alarm().await;
    assert_eq!(alarm.phase, AlarmPhase::Done);
    assert!(matches!(alarm.deliveries[0].state, DeliveryState::Sent { at } if at == world.clock.now()));
}

#[tokio::test]
async fn two_events_at_once_make_one_call() {
    let world = CallWorld::new([]).await;
    let (one, other) =
        tokio::join!(world.function.handle(&world.request), world.function.handle(&world.request));
    one.and(other).unwrap();
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn a_call_that_was_certainly_not_made_is_attempted_three_times() {
    let world = CallWorld::new([not_sent(), not_sent()]).await;
    world.function.handle(&world.request).await.unwrap();
    assert_eq!(world.calls(), 3);
    assert_eq!(world.alarm().await.phase, AlarmPhase::Done);
}

#[tokio::test]
async fn a_call_that_is_not_made_becomes_an_e_mail() {
    let unknown = NotifyError::Unknown { reason: "no answer".into() };
    for (answers, calls) in [
        (vec![refused()], 1),
        (vec![unknown], 1),
        (vec![denied()], 1),
        (vec![not_sent(), not_sent(), not_sent()], 3),
    ] {
        let world = CallWorld::new(answers.clone()).await;
        world.function.handle(&world.request).await.unwrap();
        world.function.handle(&world.request).await.unwrap();
        assert_eq!(world.calls(), calls, "{answers:?}: it is not called again");
        let alarm = world.alarm().await;
        let channels: Vec<Channel> = alarm.deliveries.iter().map(|delivery| delivery.channel).collect();
        assert_eq!(channels, [Channel::Call, Channel::Email], "{answers:?}");
        let again = matches!(alarm.deliveries[0].state, DeliveryState::Waiting { .. });
        assert_eq!(
            again,
            calls == 3 || answers == [denied()],
            "{answers:?}: only what was certainly not made"
        );
        assert_eq!(alarm.next_at(), Some(world.clock.now()), "{answers:?}: it is sent by the next sweep");
    }
}

#[tokio::test]
async fn a_call_that_is_gone_or_expired_is_not_made() {
    let world = CallWorld::new([]).await;
    let of = |delivery: &str| CallRequest { delivery: DeliveryId::new(delivery), ..world.request.clone() };
    world.function.handle(&of("7495/dispatch_6h/1/ann/sms")).await.unwrap();
    let gone = CallRequest { alarm: domain::AlarmId::new("gone"), ..world.request.clone() };
    world.function.handle(&gone).await.unwrap();
    assert_eq!(world.calls(), 0);
    let later: Timestamp = "2026-11-24T12:10:00Z".parse().unwrap();
    let mut stored = world.alarm().await;
    stored.expire(&AllSettings::read(SETTINGS).unwrap().default.recipients, later);
    world.backend.alarms.commit_alarm(&stored, 1).await.unwrap();
    world.function.handle(&world.request).await.unwrap();
    assert_eq!(world.calls(), 0, "it was given up, and another channel was used");
}
