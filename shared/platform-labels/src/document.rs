//! The label itself, which TikTok issues some seconds after the sale.

use carriers::{CarrierCall, CarrierError, Issue, IssuedLabel, LabelSource, UnknownOutcome};
use domain::{LabelDocument, PackageId};
use tiktok::{DocumentKind, ShippingDocument};

use crate::{PlatformLabels, errors};

const PDF: &str = "application/pdf";
/// How a PDF begins.
const PDF_MAGIC: &[u8] = b"%PDF";

impl PlatformLabels {
    /// The number and the label, once TikTok has them. A number whose file can't be fetched now counts as issued: the file is asked
    /// for again.
    pub(crate) async fn issue(&self, package: &PackageId) -> Result<Issue, CarrierError> {
        let call = CarrierCall::Read;
        let document = match self.tiktok.shipping_document(&self.access, package, DocumentKind::Label).await {
            Ok(Some(document)) => document,
            Ok(None) => return Ok(Issue::Pending),
            Err(error) if errors::is_label_pending(&error) => return Ok(Issue::Pending),
            Err(error) if errors::is_label_gone(&error) => return Ok(Issue::Gone),
            Err(error) => return Err(errors::of_call(call, error)),
        };
        let Some(tracking) = document.tracking.clone() else { return Ok(Issue::Pending) };
        let file = match self.fetch(&document).await {
            Ok(file) => LabelSource::Inline(file),
            Err(error) => {
                tracing::warn!(error = %error, "label is issued, and its file can't be fetched yet");
                LabelSource::Refetch
            }
        };
        Ok(Issue::Issued(Box::new(IssuedLabel { tracking, file })))
    }

    /// The file of a label that is issued. Its link is asked for each time: it is valid for hours only, and whoever has it sees the
    /// buyer.
    pub(crate) async fn label_document(&self, package: &PackageId) -> Result<LabelDocument, CarrierError> {
        let call = CarrierCall::DownloadLabel;
        let document = self.tiktok.shipping_document(&self.access, package, DocumentKind::Label).await;
        let document = document.map_err(|error| errors::of_call(call, error))?;
        let cause = UnknownOutcome::Broken("it has no link");
        self.fetch(&document.ok_or(CarrierError::Unknown { call, cause })?).await
    }

    /// The sheet that TikTok has for a package of dangerous goods. One whose product needs no sheet has none.
    pub(crate) async fn sheet(&self, package: &PackageId) -> Result<Option<LabelDocument>, CarrierError> {
        let call = CarrierCall::DownloadLabel;
        match self.tiktok.shipping_document(&self.access, package, DocumentKind::Hazmat).await {
            Ok(Some(document)) => self.fetch(&document).await.map(Some),
            Ok(None) => Err(CarrierError::Unknown { call, cause: UnknownOutcome::Broken("it has no link") }),
            Err(error) if errors::is_no_such_document(&error) || errors::is_label_gone(&error) => Ok(None),
            Err(error) => Err(errors::of_call(call, error)),
        }
    }

    async fn fetch(&self, document: &ShippingDocument) -> Result<LabelDocument, CarrierError> {
        let call = CarrierCall::DownloadLabel;
        let bytes = self.tiktok.download(document).await.map_err(|error| errors::of_call(call, error))?;
        if !bytes.starts_with(PDF_MAGIC) {
            return Err(CarrierError::Unknown { call, cause: UnknownOutcome::Broken("it is no PDF") });
        }
        Ok(LabelDocument { bytes, content_type: PDF.to_owned() })
    }
}
