//! The mail server is away for an hour: whoever is to be told is told once it is back, and meanwhile the operator sees it.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use backend::Notifier;
use pipeline::{BackendKind, TestClock};
use punctual::notify::{LocalNotifier, Smtp};
use system::Clock as _;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::alarms::alarm_support::{sweep_by, waiting};
use crate::alarms::mail_server::{Mail, MailServer, Outage};
use crate::alarms::turn_to_minute;
use crate::alarms::undelivered::{blocked, shown};

/// Ann is told by e-mail, text message and call, Bo by e-mail, and the third has an address that is gone.
const PEOPLE: &str = r#"{"default": {"recipients": [
    {"id": "gone", "email": "gone@example.com"},
    {"id": "ann", "email": "ann@example.com", "phone": "+14155550100",
     "sms_consent": "2026-01-02", "call_consent": "2026-01-02"},
    {"id": "bo", "language": "zh", "email": "bo@example.com"}
]}}"#;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn an_hour_without_a_mail_server_keeps_nobody_from_being_told() {
    for outage in [
        Outage::Down,
        Outage::BreaksAt("MAIL"),
        Outage::BreaksAt("DATA"),
        Outage::BreaksAt("."),
        Outage::Answers("EHLO", "421 closing"),
        Outage::Answers("AUTH", "535 another password"),
        Outage::Answers(".", "452 full"),
    ] {
        an_hour_of(outage).await;
    }
}

async fn an_hour_of(outage: Outage) {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _logged = lines.set_default();
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = BackendKind::Sqlite.backend(&clock).await.unwrap();
    let (data, server) = (tempfile::tempdir().unwrap(), MailServer::start().await);
    let lookup = |name: &str| match name {
        "PUNCTUAL_SMTP_URL" => Some(server.url.clone()),
        "PUNCTUAL_SMTP_FROM" => Some("alarms@shop.example".to_owned()),
        "PUNCTUAL_SMTP_HELO" => Some("ships.shop.example".to_owned()),
        _ => None,
    };
    let notifier = || -> Arc<dyn Notifier> {
        let smtp = Smtp::from_variables(&lookup).unwrap();
        Arc::new(LocalNotifier::new(data.path(), smtp, clock.clone()).unwrap())
    };
    turn_to_minute(&clock, 1);
    blocked(&backend, &clock).await;
    let deadline = clock.now().saturating_add(jiff::SignedDuration::from_hours(5)).unwrap();
    backend.orders.commit_order(&waiting("shop-1", "a", deadline, clock.now()), 0).await.unwrap();

    server.meets(outage);
    let mut unknown = Vec::new();
    for minute in 0..60 {
        // Another test, which logs nothing, may just have met a line for the first time, and then it would stay off here.
        tracing::callsite::rebuild_interest_cache();
        sweep_by(&backend, &notifier(), PEOPLE, &clock).await;
        if minute > 10 {
            assert_eq!(shown(&backend).await, ["alarm_undelivered"], "{outage:?}: minute {minute}");
        }
        turn_to_minute(&clock, 1);
    }
    assert!(server.met() > 20, "{outage:?}: met {} times", server.met());
    unknown.extend(server.take());
    assert_eq!(unknown.is_empty(), outage != Outage::BreaksAt("."), "{outage:?}");
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let told = logged
        .lines()
        .filter(|line| line.contains("ERROR") && line.contains("nobody was notified of an alarm"));
    assert!((4..20).contains(&told.count()), "{outage:?}: {logged}");
    assert!(!logged.contains("@example.com"), "{outage:?}: {logged}");

    server.meets(Outage::None);
    for _ in 0..16 {
        sweep_by(&backend, &notifier(), PEOPLE, &clock).await;
        turn_to_minute(&clock, 1);
    }
    let mut mails = server.take();
    mails.sort();
    let told: Vec<(&str, &str)> = mails.iter().map(|mail| (mail.to.as_str(), kind(mail))).collect();
    let both = ["dispatch_6h", "no_rate"];
    let expect: Vec<_> = ["ann", "bo"].into_iter().flat_map(|to| both.map(|kind| (to, kind))).collect();
    assert_eq!(told, expect, "{outage:?}: each once");
    assert_eq!(shown(&backend).await, [""; 0], "{outage:?}");
    // What may have been sent before is known again by its id.
    let ids: BTreeSet<&Mail> = mails.iter().collect();
    assert!(unknown.iter().all(|mail| ids.contains(mail)), "{outage:?}: {unknown:?}");
    let file = std::fs::read_to_string(data.path().join("alarms.jsonl")).unwrap();
    let in_file: BTreeSet<&str> = file.lines().collect();
    assert_eq!(in_file.len(), file.lines().count(), "{outage:?}: no message is kept twice");
}

/// What a mail tells of, by its id.
fn kind(mail: &Mail) -> &'static str {
    match mail.id.contains("dispatch%5F6h") {
        true => "dispatch_6h",
        false => "no_rate",
    }
}
