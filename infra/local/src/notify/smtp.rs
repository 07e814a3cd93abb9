//! Sends alarms as e-mails by SMTP.

mod check;
mod envelope;
mod greeting;

use std::fmt;
use std::time::{Duration, SystemTime};

use backend::{Notification, NotifyError};
use config::{ConfigError, Lookup, SMTP_FROM, SMTP_URL};
use domain::{DeliveryId, Timestamp};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Code;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::text::one_line;
pub use check::NotReady;

/// The time for the server to be ready for the text of a message, and again to accept it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause before a message that the server did not accept for now is tried again. Servers that delay unknown senders
/// (greylisting) want a minute or more.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// A mail server, and who sends through it.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    from: Mailbox,
    /// The name by which the server is greeted.
    greeting: String,
    timeout: Duration,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    /// TLS from the first byte (`smtps`).
    Implicit,
    /// STARTTLS; nothing is sent to a server that does not offer it.
    StartTls,
    /// None, which is allowed for a server on this machine only.
    None,
}

impl Smtp {
    /// `PUNCTUAL_SMTP_URL` (`smtps://user:password@host:port`, or `smtp://` with STARTTLS, which a server on this machine
    /// need not have), `PUNCTUAL_SMTP_FROM`, the sender, and `PUNCTUAL_SMTP_HELO`, the name by which the server is greeted;
    /// `None` when there is no URL.
    ///
    /// # Errors
    /// When one of them can't be used.
    pub fn from_variables(lookup: Lookup<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(url) = SMTP_URL.value(lookup) else { return Ok(None) };
        let malformed = || {
            let expected = "an smtp or smtps address, smtps://user:password@host:port, with special characters of the \
                            password percent-encoded (@ is %40, / is %2F, # is %23)";
            SMTP_URL.malformed(expected)
        };
        let url = reqwest::Url::parse(url.trim()).map_err(|_| malformed())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(malformed)?.to_owned();
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Implicit, 465),
            "smtp" if is_here => (Encryption::None, 25),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(malformed()),
        };
        let decoded =
            |text| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| malformed());
        let credentials = match (decoded(url.username())?, url.password()) {
            (user, Some(password)) if !user.is_empty() => Some(Credentials::new(user, decoded(password)?)),
            (user, None) if user.is_empty() => None,
            _ => return Err(malformed()),
        };
        let from = SMTP_FROM.required(lookup)?;
        let from: Mailbox = from.trim().parse().map_err(|_| SMTP_FROM.malformed("an e-mail address"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let port = url.port().unwrap_or(port);
        let greeting = greeting::name(lookup, greeting::machine(), &from)?;
        Ok(Some(Self { host, port, encryption, credentials, from, greeting, timeout: TIMEOUT }))
    }

    #[cfg(test)]
    pub(super) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends a message once. Until its text is on the way, it is certain that the message was not sent.
    pub(super) async fn send(&self, notification: &Notification, now: Timestamp) -> Result<(), NotifyError> {
        let message = self.message(notification, now)?;
        let (envelope, bytes) = (message.envelope().clone(), message.formatted());
        let prepare = async {
            let mut connection = self.connect().await.map_err(|error| not_ready(&error))?;
            let accepted = envelope::send(&mut connection, &envelope, &bytes).await;
            Ok((connection, accepted))
        };
        let (mut connection, accepted) = match tokio::time::timeout(self.timeout, prepare).await {
            Ok(prepared) => prepared?,
            Err(_) => return Err(not_sent("the server was not ready in time")),
        };
        let sent = match accepted {
            Ok(()) => self.send_text(&mut connection, &bytes).await,
            Err(error) => Err(error),
        };
        // The message is sent or not, whatever the server says to QUIT.
        let _ = tokio::time::timeout(self.timeout, connection.abort()).await;
        sent
    }

    /// Sends the text of a message to a server that is waiting for it.
    async fn send_text(&self, connection: &mut AsyncSmtpConnection, text: &[u8]) -> Result<(), NotifyError> {
        let unknown = |reason: &str| NotifyError::Unknown { reason: reason.to_owned() };
        match tokio::time::timeout(self.timeout, connection.message(text)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => match error.status() {
                Some(code) if error.is_permanent() => Err(NotifyError::Refused { reason: answered(code) }),
                Some(code) => Err(not_sent(&answered(code))),
                None => Err(unknown("the connection broke")),
            },
            Err(_) => Err(unknown("no answer in time")),
        }
    }

    /// A connection that is ready for a message.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let mut connection = self.greet().await?;
        self.encrypt(&mut connection).await?;
        self.sign_in(&mut connection).await?;
        Ok(connection)
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, Error> {
        let tls = match self.encryption {
            Encryption::Implicit => Some(TlsParameters::new(self.host.clone())?),
            Encryption::StartTls | Encryption::None => None,
        };
        let server = (self.host.as_str(), self.port);
        AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &self.client_id(), tls, None).await
    }

    async fn encrypt(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Error> {
        match self.encryption {
            Encryption::StartTls => {
                connection.starttls(TlsParameters::new(self.host.clone())?, &self.client_id()).await
            }
            Encryption::Implicit | Encryption::None => Ok(()),
        }
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Error> {
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(())
    }

    fn client_id(&self) -> ClientId {
        ClientId::Domain(self.greeting.clone())
    }

    fn message(&self, notification: &Notification, now: Timestamp) -> Result<Message, NotifyError> {
        let refused = |reason: &str| NotifyError::Refused { reason: reason.to_owned() };
        let to = notification.to.expose().parse().map_err(|_| refused("the address can't be read"))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&notification.subject))
            .date(SystemTime::from(now))
            .message_id(Some(self.message_id(&notification.delivery)))
            .header(ContentType::TEXT_PLAIN)
            .body(notification.text.expose().clone())
            .map_err(|_| refused("the message can't be made"))
    }

    /// The same when a message is sent again.
    fn message_id(&self, delivery: &DeliveryId) -> String {
        let delivery = utf8_percent_encode(delivery.as_str(), NON_ALPHANUMERIC);
        format!("<{delivery}@{}>", self.from.email.domain())
    }
}

/// Why there is no connection that is ready for a message. A permanent refusal is about us: the operator has to mend it.
fn not_ready(error: &Error) -> NotifyError {
    match error.status() {
        Some(code) if error.is_permanent() => NotifyError::Denied { reason: answered(code) },
        Some(code) => not_sent(&answered(code)),
        None if error.is_client() => NotifyError::Denied {
            reason: "the server offers no STARTTLS, or no known way to sign in".to_owned(),
        },
        None => not_sent("no connection was made"),
    }
}

fn not_sent(reason: &str) -> NotifyError {
    NotifyError::NotSent { reason: reason.to_owned(), after: RETRY_AFTER }
}

/// A server's answer, without its text, which may quote addresses.
fn answered(code: Code) -> String {
    format!("the server answered {code}")
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, encryption, .. } = self;
        write!(f, "Smtp({host}:{port}, {encryption:?})")
    }
}
