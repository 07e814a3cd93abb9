//! Stub.
use std::sync::Arc;
/// Stub.
pub struct ConversationWatch;
impl ConversationWatch {
    /// Stub.
    pub fn new(
        _orders: Arc<dyn engine::OrderStore>,
        _shops: Arc<dyn engine::ShopStore>,
        _notices: Arc<dyn engine::NoticeStore>,
        _queues: Arc<dyn engine::Queues>,
        _tiktok: tiktok::TikTok,
        _clock: Arc<dyn engine::Clock>,
    ) -> Self {
        Self
    }
    /// Stub.
    pub async fn handle(
        &self,
        _shop: &domain::ShopId,
        _conversation: &domain::ConversationId,
    ) -> Result<(), steps::StepError> {
        Ok(())
    }
}
