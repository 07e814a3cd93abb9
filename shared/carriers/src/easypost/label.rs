//! Fetching the label as a PDF.

use domain::{LabelDocument, LabelHandle, Private};

use super::shipment::{broken, read, read_shipment};
use super::transport::EasyPostTransport;
use super::wire;
use crate::{CarrierCall, CarrierCode, CarrierError, UnknownOutcome};

const PDF: &str = "application/pdf";
/// How a PDF begins.
const PDF_MAGIC: &[u8] = b"%PDF";
/// A label of 4 x 6 inches has some tens of KB.
const LABEL_BYTES_MAX: usize = 8 << 20;

/// From `link` when that is a PDF; else, or when the file is gone from there, from where the shipment says; else
/// by a conversion.
pub(super) async fn fetch(
    transport: &EasyPostTransport,
    id: &LabelHandle,
    link: Option<&Private<String>>,
) -> Result<LabelDocument, CarrierError> {
    if let Some(url) = link.map(Private::expose).filter(|url| may_be_pdf(url)) {
        match download(transport, url).await {
            Ok(label) => return Ok(label),
            Err(error) if !is_about_the_file(&error) => return Err(error),
            Err(_) => {}
        }
    } else if link.is_none()
        && let Some(url) = read(transport, id.as_str()).await?.postage_label.and_then(pdf_url)
    {
        return download(transport, &url).await;
    }
    let url = convert(transport, id).await?;
    download(transport, &url).await
}

async fn convert(transport: &EasyPostTransport, id: &LabelHandle) -> Result<String, CarrierError> {
    let call = CarrierCall::ConvertLabel;
    let answer = transport.get(call, &["shipments", id.as_str(), "label"], Some("file_format=PDF")).await?;
    let label = read_shipment(call, &answer)?.postage_label;
    label.and_then(pdf_url).ok_or_else(|| broken(call, "it has no PDF"))
}

async fn download(transport: &EasyPostTransport, url: &str) -> Result<LabelDocument, CarrierError> {
    let call = CarrierCall::DownloadLabel;
    let answer = transport.download(url, LABEL_BYTES_MAX).await?;
    if !answer.status.is_success() {
        // Not an answer of the API: whatever the host says, the file may be there later.
        let cause = UnknownOutcome::Status { status: answer.status.as_u16(), code: CarrierCode::none() };
        return Err(CarrierError::Unknown { call, cause });
    }
    pdf(answer.body.into()).ok_or_else(|| broken(call, "it is not a PDF"))
}

fn pdf(bytes: Vec<u8>) -> Option<LabelDocument> {
    bytes.starts_with(PDF_MAGIC).then(|| LabelDocument { bytes, content_type: PDF.to_owned() })
}

/// True when the host answered, but not with the file: a conversion makes a new one.
fn is_about_the_file(error: &CarrierError) -> bool {
    match error {
        CarrierError::Unknown { cause: UnknownOutcome::Broken(_), .. } => true,
        CarrierError::Unknown { cause: UnknownOutcome::Status { status, .. }, .. } => {
            (400..500).contains(status)
        }
        _ => false,
    }
}

/// The address of the PDF: converted, or the original when that is one.
fn pdf_url(label: wire::PostageLabel) -> Option<String> {
    let is_pdf = label.label_file_type.as_deref() == Some(PDF);
    let original = label.label_url.filter(|url| is_pdf || extension(url) == "pdf");
    label.label_pdf_url.or(original).filter(|url| !url.is_empty())
}

/// False for an address that names another format.
fn may_be_pdf(url: &str) -> bool {
    !matches!(extension(url).as_str(), "png" | "zpl" | "epl2" | "gif")
}

/// What follows the last point of the path, in small letters.
fn extension(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{extension, may_be_pdf};

    #[test]
    fn knows_the_format_by_its_address() {
        assert_eq!(extension("https://host/a.b/l.PDF?sig=x.png"), "pdf");
        assert_eq!(extension("https://host/label"), "");
        assert!(may_be_pdf("https://host/label"));
        assert!(!may_be_pdf("https://host/label.png?x=1"));
    }
}
