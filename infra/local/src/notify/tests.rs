//! Alarms on one machine, with a mail server that answers as a test says.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backend::{Notification, Notifier as _, NotifyError, NotifyOutcome};
use domain::recipient::{Channel, Language};
use domain::{AlarmId, DeliveryId, Private, RecipientId, ShopId, Timestamp};
use serde_json::{Value, json};
use system::Clock;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{LocalNotifier, NotReady, Smtp, send_test_mail, terminal_line};

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        "2026-11-24T12:00:00.25Z".parse().unwrap()
    }
}

fn notification(channel: Channel) -> Notification {
    Notification {
        delivery: DeliveryId::new(format!("7495/dispatch_6h/1790000000/ann/{}", channel.name())),
        alarm: AlarmId::new("7495/dispatch_6h/1790000000"),
        shop: ShopId::new("7495"),
        kind: "dispatch_6h".into(),
        channel,
        recipient: RecipientId::new("ann"),
        language: Language::English,
        to: Private::from("ann@example.com"),
        subject: "6 h left: 2 orders".into(),
        text: Private::from("5771 and 5772 are not shipped.\n.\nSee the list."),
    }
}

fn notifier(data: &Path, smtp: Option<Smtp>) -> LocalNotifier {
    LocalNotifier::new(data, smtp, Arc::new(StoppedClock)).unwrap()
}

fn smtp(url: &str) -> Smtp {
    let lookup = |name: &str| match name {
        "PUNCTUAL_SMTP_URL" => Some(url.to_owned()),
        "PUNCTUAL_SMTP_FROM" => Some("Punctual <alarms@shop.example>".to_owned()),
        _ => None,
    };
    Smtp::from_variables(&lookup).unwrap().unwrap().with_timeout(Duration::from_secs(5))
}

fn lines(data: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(data.join("alarms.jsonl")).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn the_terminal_shows_no_personal_data() {
    let odd = Notification { subject: "6 h left\r\nfor 2".into(), ..notification(Channel::Sms) };
    assert_eq!(
        terminal_line(&odd, StoppedClock.now()),
        "2026-11-24T12:00:00Z alarm dispatch_6h by sms to ann: 6 h left  for 2"
    );
}

#[tokio::test]
async fn each_message_is_written_once() {
    let data = tempfile::tempdir().unwrap();
    let first = notifier(data.path(), None);
    for channel in [Channel::Sms, Channel::Call, Channel::Sms] {
        first.notify(&notification(channel)).await.unwrap();
    }
    drop(first);
    // A process dies in the middle of a line.
    let file = data.path().join("alarms.jsonl");
    let torn = std::fs::read_to_string(&file).unwrap() + "{\"delivery\":\"torn";
    std::fs::write(&file, torn).unwrap();
    let second = notifier(data.path(), None);
    for channel in [Channel::Call, Channel::Email] {
        second.notify(&notification(channel)).await.unwrap();
    }
    let lines = lines(data.path());
    let channels: Vec<_> = lines.iter().map(|line| line["channel"].as_str().unwrap()).collect();
    assert_eq!(channels, ["sms", "call", "email"]);
    let expect = json!({
        "at": "2026-11-24T12:00:00.25Z", "delivery": "7495/dispatch_6h/1790000000/ann/sms", "shop": "7495",
        "kind": "dispatch_6h", "channel": "sms", "recipient": "ann", "subject": "6 h left: 2 orders",
        "text": "5771 and 5772 are not shipped.\n.\nSee the list."
    });
    assert_eq!(lines[0], expect);
}

/// The file of a host that has run for long.
fn full(data: &Path) {
    let line = format!("{{\"delivery\":\"old\"}}{}\n", " ".repeat(1023));
    let kept = json!({"delivery": "7495/dispatch_6h/1790000000/ann/sms"});
    std::fs::write(data.join("alarms.jsonl"), line.repeat(8 * 1024) + &format!("{kept}\n")).unwrap();
}

#[tokio::test]
async fn a_full_file_becomes_the_old_part() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        full(data.path());
        let notifier = notifier(data.path(), None);
        notifier.notify(&notification(Channel::Sms)).await.unwrap();
        assert_eq!(lines(data.path()).len(), 8 * 1024 + 1, "it is still known");
        notifier.notify(&notification(Channel::Email)).await.unwrap();
        let lines = lines(data.path());
        assert_eq!(lines.len(), 1, "begun anew");
        assert_eq!(lines[0]["channel"], "email");
    }
    let mut files: Vec<_> = std::fs::read_dir(data.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["alarms.jsonl", "alarms.old.jsonl"], "one old part is kept");
}

#[tokio::test]
async fn an_email_is_sent_although_the_file_cannot_be_written() {
    let (data, server) = (tempfile::tempdir().unwrap(), Server::start(("", "")).await);
    full(data.path());
    std::fs::create_dir_all(data.path().join("alarms.old.jsonl/in the way")).unwrap();
    let with_mail = notifier(data.path(), Some(smtp(&server.url)));
    with_mail.notify(&notification(Channel::Email)).await.unwrap();
    assert!(server.said().contains("RCPT TO:<ann@example.com>"), "{}", server.said());
    drop(with_mail);
    let result = notifier(data.path(), None).notify(&notification(Channel::Email)).await;
    assert_eq!(outcome(result), "not sent: alarms.jsonl can't be written");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("alarms.jsonl");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    notifier(data.path(), None);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A mail server: what it was told, line by line, and what it took.
struct Server {
    url: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers a command that begins with `odd.0` with `odd.1`, or hangs up when that is empty; the end of a message
    /// counts as the command `.`.
    async fn start(odd: (&'static str, &'static str)) -> Self {
        Self::start_at("127.0.0.1:0", odd).await
    }

    async fn start_at(address: &str, odd: (&'static str, &'static str)) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("smtp://user:p%40ss@{}", listener.local_addr().unwrap());
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whatever ends a conversation, the next one begins anew.
                let _ = converse(stream, &log, odd).await;
            }
        });
        Self { url, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

/// The server answers no more.
const HANGS: &str = "hangs";

async fn converse(stream: TcpStream, log: &Mutex<Vec<String>>, odd: (&str, &str)) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example\r\n").await?;
    let mut is_message = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end_matches("\r\n").to_owned();
        log.lock().unwrap().push(line.clone());
        if is_message && line != "." {
            continue;
        }
        let answer = match line.split(' ').next().unwrap() {
            command if command == odd.0 && odd.1.is_empty() => return Ok(()),
            command if command == odd.0 && odd.1 == HANGS => std::future::pending().await,
            command if command == odd.0 => odd.1,
            "EHLO" => "250-mail.example\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        is_message = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

#[tokio::test]
async fn a_message_that_is_sent_again_has_the_same_id() {
    let (data, server) = (tempfile::tempdir().unwrap(), Server::start(("", "")).await);
    let notifier = notifier(data.path(), Some(smtp(&server.url)));
    for channel in [Channel::Sms, Channel::Call] {
        let refused = notifier.notify(&notification(channel)).await;
        assert_eq!(outcome(refused), "refused: this host sends nothing but e-mails");
    }
    assert_eq!(server.said(), "", "text messages and calls go no further than the file");
    notifier.notify(&notification(Channel::Email)).await.unwrap();
    let first = server.said();
    for expect in [
        "AUTH PLAIN AHVzZXIAcEBzcw==\n",
        "MAIL FROM:<alarms@shop.example>\nRCPT TO:<ann@example.com>\nDATA\n",
        "From: Punctual <alarms@shop.example>\nTo: ann@example.com\n",
        "Subject: 6 h left: 2 orders\n",
        "Date: Tue, 24 Nov 2026 12:00:00 +0000\n",
        "Message-ID: <7495%2Fdispatch%5F6h%2F1790000000%2Fann%2Femail@shop.example>\n",
        "Content-Type: text/plain; charset=utf-8\n",
        "\n\n5771 and 5772 are not shipped.\n..\nSee the list.\n.\nQUIT",
    ] {
        assert!(first.contains(expect), "{expect:?} in {first}");
    }
    notifier.notify(&notification(Channel::Email)).await.unwrap();
    assert_eq!(server.said(), format!("{first}\n{first}"), "the same message, with the same id");
    assert_eq!(lines(data.path()).len(), 3, "and kept once");
}

#[tokio::test]
async fn chinese_text_is_encoded() {
    let (data, server) = (tempfile::tempdir().unwrap(), Server::start(("", "")).await);
    let chinese = Notification {
        subject: "还剩6小时\r\nBcc: eve@example.com".into(),
        text: Private::from("订单未发货"),
        language: Language::Chinese,
        ..notification(Channel::Email)
    };
    notifier(data.path(), Some(smtp(&server.url))).notify(&chinese).await.unwrap();
    let said = server.said();
    assert!(said.is_ascii() && !said.contains("\nBcc:"), "{said}");
    // "还剩6小时", then "订单未发货" whole.
    assert!(said.contains("\nSubject: =?utf-8?b?6L+Y5YmpNuWwj+aXtg"), "{said}");
    assert!(said.contains("\nContent-Transfer-Encoding: base64\n"), "{said}");
    assert!(said.contains("\n\n6K6i5Y2V5pyq5Y+R6LSn\n.\n"), "{said}");
    assert_eq!(lines(data.path())[0]["text"], "订单未发货");
}

#[track_caller]
fn outcome(result: Result<NotifyOutcome, NotifyError>) -> String {
    let error = result.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("ann@") && !shown.contains("p@ss"), "{shown}");
    error.to_string()
}

#[tokio::test]
async fn what_each_answer_of_the_server_means() {
    let lost = "the outcome is unknown: the connection broke";
    let broken = "not sent: the connection broke before the message was sent";
    for (odd, expect) in [
        (("EHLO", "421 ann@example.com"), "not sent: the server answered 421"),
        (("EHLO", ""), "not sent: no connection was made"),
        (("EHLO", "554 you are on a list"), "not sent until the cause is fixed: the server answered 554"),
        (("AUTH", "535 no such user"), "not sent until the cause is fixed: the server answered 535"),
        (("AUTH", ""), "not sent: no connection was made"),
        (("AUTH", "454 later"), "not sent: the server answered 454"),
        (("MAIL", "550 not yours"), "not sent until the cause is fixed: the server answered 550"),
        (("MAIL", "421 closing"), "not sent: the server answered 421"),
        (("MAIL", ""), broken),
        (("RCPT", ""), broken),
        (("DATA", ""), broken),
        (("DATA", "554 no"), "not sent until the cause is fixed: the server answered 554"),
        (("RCPT", "550 no ann@example.com here"), "refused: the server answered 550"),
        (("RCPT", "450 later"), "not sent: the server answered 450"),
        (("DATA", "451 later"), "not sent: the server answered 451"),
        ((".", "421 closing"), "not sent: the server answered 421"),
        ((".", "554 spam"), "refused: the server answered 554"),
        ((".", "452 full"), "not sent: the server answered 452"),
        ((".", ""), lost),
        ((".", "what?"), lost),
    ] {
        let server = Server::start(odd).await;
        let data = tempfile::tempdir().unwrap();
        let notifier = notifier(data.path(), Some(smtp(&server.url)));
        let result = notifier.notify(&notification(Channel::Email)).await;
        assert_eq!(outcome(result), expect, "{odd:?}");
        let said = server.said();
        assert_eq!(said.matches("EHLO").count(), 1, "it is sent once: {said}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let data = tempfile::tempdir().unwrap();
    let nobody = notifier(data.path(), Some(smtp(&url)));
    let result = nobody.notify(&notification(Channel::Email)).await;
    assert_eq!(outcome(result), "not sent: no connection was made");
}

/// All of 127/8 is this machine on Linux, and only the first of it counts as such here.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn nothing_is_sent_to_another_machine_without_encryption() {
    let server = Server::start_at("127.0.0.2:0", ("", "")).await;
    for (url, expect) in [
        (
            server.url.clone(),
            "not sent until the cause is fixed: the server offers no STARTTLS, or no known way to sign in",
        ),
        (server.url.replace("smtp:", "smtps:"), "not sent: no connection was made"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let result = notifier(data.path(), Some(smtp(&url))).notify(&notification(Channel::Email)).await;
        assert_eq!(outcome(result), expect);
    }
    let said = server.said();
    assert!(said.starts_with("EHLO") && !said.contains("AUTH") && !said.contains("MAIL"), "{said}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = smtp(&format!("smtp://{}", listener.local_addr().unwrap()));
    let server = server.with_timeout(Duration::from_millis(100));
    let data = tempfile::tempdir().unwrap();
    let result = notifier(data.path(), Some(server)).notify(&notification(Channel::Email)).await;
    assert_eq!(outcome(result), "not sent: the server was not ready in time");
}

#[tokio::test]
async fn a_message_may_have_been_sent_once_the_server_has_its_text() {
    let unknown = "the outcome is unknown: no answer in time";
    let not_ready = "not sent: the server was not ready in time";
    for (at, expect) in [("EHLO", not_ready), ("RCPT", not_ready), ("DATA", not_ready), (".", unknown)] {
        let server = Server::start((at, HANGS)).await;
        let data = tempfile::tempdir().unwrap();
        let smtp = smtp(&server.url).with_timeout(Duration::from_millis(300));
        let result = notifier(data.path(), Some(smtp)).notify(&notification(Channel::Email)).await;
        assert_eq!(outcome(result), expect, "{at}");
        assert_eq!(server.said().contains("See the list."), at == ".", "{at}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused() {
    let (data, server) = (tempfile::tempdir().unwrap(), Server::start(("", "")).await);
    let odd = Notification { to: Private::from("ann@"), ..notification(Channel::Email) };
    let result = notifier(data.path(), Some(smtp(&server.url))).notify(&odd).await;
    assert_eq!(outcome(result), "refused: the address can't be read");
}

#[tokio::test]
async fn a_server_that_wants_a_fully_qualified_name_is_greeted_by_the_sender_s_domain() {
    let server = Server::start(("", "")).await;
    let data = tempfile::tempdir().unwrap();
    let notifier = notifier(data.path(), Some(smtp(&server.url)));
    notifier.notify(&notification(Channel::Email)).await.unwrap();
    let said = server.said();
    let greeting = said.lines().next().unwrap().strip_prefix("EHLO ").unwrap().to_owned();
    assert!(greeting.contains('.') && !greeting.contains('['), "a full name: {greeting}");
    assert!(said.contains("\nDATA\n"), "the alarm is mailed: {said}");
}

/// What the check at the start says of a server that answers `odd.0` with `odd.1`.
async fn checked(odd: (&'static str, &'static str)) -> (Result<(), NotReady>, String) {
    let server = Server::start(odd).await;
    let lookup = |name: &str| match name {
        "PUNCTUAL_SMTP_URL" => Some(server.url.clone()),
        "PUNCTUAL_SMTP_FROM" => Some("alarms@shop.example".to_owned()),
        "PUNCTUAL_SMTP_HELO" => Some("ships.shop.example".to_owned()),
        _ => None,
    };
    let smtp = Smtp::from_variables(&lookup).unwrap().unwrap().with_timeout(Duration::from_secs(5));
    (smtp.check().await, server.said())
}

#[tokio::test]
async fn the_check_at_the_start_sends_no_mail() {
    let (ready, said) = checked(("", "")).await;
    assert_eq!(ready, Ok(()));
    assert!(said.starts_with("EHLO ships.shop.example\nAUTH "), "{said}");
    assert!(said.contains("MAIL FROM:<alarms@shop.example>\nRSET\n"), "{said}");
    assert!(!said.contains("RCPT") && !said.contains("DATA"), "{said}");
}

#[tokio::test]
async fn a_test_mail_is_sent_or_reported_as_refused() {
    let clock: Arc<dyn Clock> = Arc::new(StoppedClock);
    let server = Server::start(("", "")).await;
    send_test_mail(&smtp(&server.url), "ann@example.com", &clock).await.unwrap();
    let said = server.said();
    assert!(
        said.contains("RCPT TO:<ann@example.com>\nDATA\n")
            && said.contains("\nSubject: Punctual: test mail\n"),
        "{said}"
    );
    let server = Server::start(("RCPT", "550 nobody")).await;
    let refused = send_test_mail(&smtp(&server.url), "ann@example.com", &clock).await.unwrap_err();
    assert_eq!(
        workflow::error_chain(&refused),
        "the test mail was not accepted: refused: the server answered 550"
    );
}

#[tokio::test]
async fn a_permanent_refusal_names_the_variable_and_a_temporary_one_is_a_warning() {
    let greeting = "PUNCTUAL_SMTP_URL: the mail server refuses the greeting \"EHLO ships.shop.example\" (421); set \
                    PUNCTUAL_SMTP_HELO to a name that it accepts";
    let password = "PUNCTUAL_SMTP_URL: the mail server refuses the user or the password (535); special characters of \
                    the password must be percent-encoded";
    let sender = "PUNCTUAL_SMTP_FROM: the mail server refuses this sender (550)";
    for (odd, expect) in [
        (("EHLO", "421 4.7.0 a full name, please"), greeting),
        (("AUTH", "535 no such user"), password),
        (("MAIL", "550 not yours"), sender),
    ] {
        let (ready, _) = checked(odd).await;
        assert_eq!(ready, Err(NotReady::Refused(expect.to_owned())), "{odd:?}");
    }
    for odd in [("AUTH", "454 later"), ("MAIL", "451 later"), ("EHLO", ""), ("AUTH", "")] {
        let (ready, _) = checked(odd).await;
        assert!(matches!(ready, Err(NotReady::Unreachable(_))), "{odd:?}: {ready:?}");
    }
}

#[test]
fn the_server_is_configured() {
    let read = |url: &str, from: &str| {
        let lookup = |name: &str| match name {
            "PUNCTUAL_SMTP_URL" => Some(url.to_owned()).filter(|url| !url.is_empty()),
            "PUNCTUAL_SMTP_FROM" => Some(from.to_owned()).filter(|from| !from.is_empty()),
            _ => None,
        };
        Smtp::from_variables(&lookup)
            .map(|smtp| smtp.map(|smtp| format!("{smtp:?}")))
            .map_err(|e| e.to_string())
    };
    #[track_caller]
    fn check(read: Result<Option<String>, String>, expect: &str) {
        assert_eq!(read, Ok(Some(expect.to_owned())));
    }
    assert_eq!(read("", ""), Ok(None));
    let from = "a@b.example";
    check(read("smtps://user:pass@mail.example", from), "Smtp(mail.example:465, Implicit)");
    check(read("smtp://user:pass@mail.example", from), "Smtp(mail.example:587, StartTls)");
    check(read("smtp://mail.example:2525", from), "Smtp(mail.example:2525, StartTls)");
    // Nobody listens in on this machine.
    check(read("smtp://localhost", from), "Smtp(localhost:25, None)");
    check(read("smtp://[::1]:2525", from), "Smtp(::1:2525, None)");
    let malformed = "PUNCTUAL_SMTP_URL is not an smtp or smtps address, smtps://user:password@host:port, with special \
                     characters of the password percent-encoded (@ is %40, / is %2F, # is %23)";
    for url in [
        "pass",
        "https://user:pass@mail.example",
        "smtp:pass",
        "smtp://user@mail.example",
        "smtp://:pass@mail.example",
        "smtp://user:%ff@mail.example",
        "smtps://user:pa/ss@mail.example:465",
        "smtps://user:pa#ss@mail.example:465",
    ] {
        assert_eq!(read(url, from), Err(malformed.to_owned()), "{url}");
    }
    assert_eq!(read("smtp://localhost", ""), Err("PUNCTUAL_SMTP_FROM is not set".to_owned()));
    let expect = Err("PUNCTUAL_SMTP_FROM is not an e-mail address".to_owned());
    assert_eq!(read("smtp://localhost", "Ann"), expect);
}
