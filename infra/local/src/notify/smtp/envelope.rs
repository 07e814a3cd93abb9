//! The envelope of a message: sender, recipient, and whether the server accepts its text.

use backend::NotifyError;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};

use super::{answered, not_sent};

/// Sends the envelope of a message with `text`. When this returns without an error, the server is waiting for the text.
///
/// # Errors
/// Nothing was sent. A permanent refusal (5yz) of the recipient is about the recipient; any other is about us.
pub(super) async fn send(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    text: &[u8],
) -> Result<(), NotifyError> {
    let parameters = parameters(connection, envelope, text)?;
    let mail = Mail::new(envelope.from().cloned(), parameters);
    connection.command(mail).await.map_err(|error| about_us(&error))?;
    for to in envelope.to() {
        let named = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        named.map_err(|error| match error.status() {
            Some(code) if error.is_permanent() => NotifyError::Refused { reason: answered(code) },
            _ => about_us(&error),
        })?;
    }
    connection.command(Data).await.map_err(|error| about_us(&error))?;
    Ok(())
}

/// What the server must know about characters that are not ASCII, in the address (RFC 6531) and in the text (RFC 6152).
fn parameters(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    text: &[u8],
) -> Result<Vec<MailParameter>, NotifyError> {
    let supports = |extension| connection.server_info().supports_feature(extension);
    let refused = |reason: &str| NotifyError::Refused { reason: reason.to_owned() };
    let mut parameters = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    if !addresses.all(|address| address.to_string().is_ascii()) {
        if !supports(Extension::SmtpUtfEight) {
            return Err(refused("the server accepts no address with characters that are not ASCII"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        if !supports(Extension::EightBitMime) {
            return Err(refused("the server accepts no text with characters that are not ASCII"));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

fn about_us(error: &Error) -> NotifyError {
    match error.status() {
        Some(code) if error.is_permanent() => NotifyError::Denied { reason: answered(code) },
        Some(code) => not_sent(&answered(code)),
        None => not_sent("the connection broke before the message was sent"),
    }
}
