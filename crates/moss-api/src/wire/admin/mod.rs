//! What the person in charge is shown of everything: the original's shapes, and what we know besides.

mod agents;
mod dashboard;
mod feed;
mod logs;
mod prompts;
mod reviews;
mod scores;
mod sub_tasks;
mod tasks;

pub use agents::{
    AdminAgent, AdminAgentInFull, AgentRequest, AgentTraces, Bootstrap, RemovedAgent, TraceCounts,
};
pub use dashboard::{
    AgentInShort, CoreCards, Count, Distributions, Highlights, Overview, ReviewDay, ReviewInShort,
    ScoreDay, SecondaryCards, SubTaskInShort, Trends,
};
pub use feed::{FeedAction, FeedAgent, FeedAgentInShort, FeedRequest, FeedStatus, FeedSubTask};
pub use logs::AdminLog;
pub use prompts::{
    AgentPrompt, AgentPromptInFull, ComposedPrompt, OnboardingText, PromptKind, PromptPlace,
    PromptState, PromptTemplate, TemplatePlace, VersionInFull, VersionInShort, VersionedKind,
};
pub use reviews::{AdminReview, AdminReviewInFull};
pub use scores::{Adjusted, AdminLeaderboardRow, AdminRewardLog, ScoresInShort};
pub use sub_tasks::{AdminSubTask, AdminSubTaskInFull};
pub use tasks::{AdminModule, AdminModuleInFull, AdminTask, StatusCounts};
