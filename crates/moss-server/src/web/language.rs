//! Every text of the pages, in every language: a language that lacks one does not compile.

/// The texts.
#[derive(Debug)]
pub struct Words {
    /// As in `lang` and in the cookie.
    pub code: &'static str,
    /// Its own name for itself.
    pub name: &'static str,
    /// The page of what waits for a person.
    pub needs_you: &'static str,
    /// Tasks.
    pub tasks: &'static str,
    /// Sub-tasks.
    pub sub_tasks: &'static str,
    /// Agents.
    pub agents: &'static str,
    /// Sign in: the page and its button.
    pub sign_in: &'static str,
    /// The button that ends a session.
    pub sign_out: &'static str,
    /// The label of the one field of that page.
    pub password: &'static str,
    /// Where it is mended, when it is not known any more.
    pub forgotten: &'static str,
    /// It was wrong.
    pub wrong_password: &'static str,
    /// Too many wrong ones.
    pub wait_seconds: &'static str,
    /// The link that leads past the navigation.
    pub skip: &'static str,
    /// Headings of columns.
    pub column_name: &'static str,
    /// How far it is.
    pub column_status: &'static str,
    /// Who has it.
    pub column_holder: &'static str,
    /// What it is part of.
    pub column_task: &'static str,
    /// What an agent is for.
    pub column_role: &'static str,
    /// The sum of its ledger.
    pub column_score: &'static str,
    /// When it changed last.
    pub column_changed: &'static str,
    /// When it asked something last.
    pub column_heard: &'static str,
    /// How much of it is done.
    pub column_progress: &'static str,
    /// Why it waits.
    pub column_reason: &'static str,
    /// Since when.
    pub column_since: &'static str,
    /// Until then its holder keeps it.
    pub lease_until: &'static str,
    /// What is to be handed in.
    pub deliverable: &'static str,
    /// How it is judged.
    pub acceptance: &'static str,
    /// What wakes an agent, and how often.
    pub woken_by: &'static str,
    /// Nobody, or never.
    pub none: &'static str,
    /// Every status.
    pub all: &'static str,
    /// The label of the field to look for a word.
    pub search: &'static str,
    /// Nothing there yet.
    pub nothing_yet: &'static str,
    /// Nothing that fits.
    pub nothing_fits: &'static str,
    /// The link that takes filters away.
    pub clear: &'static str,
    /// All is well.
    pub all_well: &'static str,
    /// Pages of a list.
    pub earlier: &'static str,
    /// Further on.
    pub later: &'static str,
    /// What an agent left blocked, and a person is to decide.
    pub blocked_for_you: &'static str,
    /// What somebody wants to know of a person.
    pub asked_you: &'static str,
    /// The theme, the language, the zone.
    pub look: &'static str,
    /// Each theme, as [`crate::web::viewer::Theme::ALL`] has them.
    pub themes: [&'static str; 3],
    /// The button that keeps them.
    pub keep: &'static str,
    /// There is no such page.
    pub not_there: &'static str,
    /// On plain HTTP across a network.
    pub in_clear: &'static str,
    /// The form is too old, or of another page.
    pub stale_form: &'static str,
}

/// English.
pub static EN: Words = Words {
    code: "en",
    name: "English",
    needs_you: "Needs you",
    tasks: "Tasks",
    sub_tasks: "Sub-tasks",
    agents: "Agents",
    sign_in: "Sign in",
    sign_out: "Sign out",
    password: "Admin password",
    forgotten: "Forgotten? At the server's machine: moss-server init --admin-password-file FILE",
    wrong_password: "The password is wrong.",
    wait_seconds: "Too many wrong passwords from here. Seconds to wait:",
    skip: "Skip to the page",
    column_name: "Name",
    column_status: "Status",
    column_holder: "Holder",
    column_task: "Task",
    column_role: "Role",
    column_score: "Score",
    column_changed: "Changed",
    column_heard: "Heard from",
    column_progress: "Done",
    column_reason: "Reason",
    column_since: "Since",
    lease_until: "Kept until",
    deliverable: "Deliverable",
    acceptance: "Acceptance",
    woken_by: "Woken by",
    none: "–",
    all: "All",
    search: "Search",
    nothing_yet: "Nothing yet.",
    nothing_fits: "Nothing matches.",
    clear: "Clear filters",
    all_well: "Nothing waits for you.",
    earlier: "Earlier",
    later: "Later",
    blocked_for_you: "blocked, and for you to decide",
    asked_you: "asks you",
    look: "Look",
    themes: ["As the system", "Light", "Dark"],
    keep: "Keep",
    not_there: "There is no such page.",
    in_clear: "This page came in clear across a network: anyone on the way can read it. Use HTTPS.",
    stale_form: "This form is too old. Send it once more.",
};

/// Chinese.
pub static ZH: Words = Words {
    code: "zh",
    name: "中文",
    needs_you: "待你处理",
    tasks: "任务",
    sub_tasks: "子任务",
    agents: "智能体",
    sign_in: "登录",
    sign_out: "退出",
    password: "管理员密码",
    forgotten: "忘记了？在服务器上运行：moss-server init --admin-password-file FILE",
    wrong_password: "密码错误。",
    wait_seconds: "此处密码错误次数过多。需等待的秒数：",
    skip: "跳到正文",
    column_name: "名称",
    column_status: "状态",
    column_holder: "执行者",
    column_task: "任务",
    column_role: "角色",
    column_score: "积分",
    column_changed: "更新",
    column_heard: "最近联系",
    column_progress: "完成",
    column_reason: "原因",
    column_since: "自",
    lease_until: "保留至",
    deliverable: "交付物",
    acceptance: "验收标准",
    woken_by: "唤醒方式",
    none: "–",
    all: "全部",
    search: "搜索",
    nothing_yet: "还没有内容。",
    nothing_fits: "没有匹配的内容。",
    clear: "清除筛选",
    all_well: "没有需要你处理的事项。",
    earlier: "上一页",
    later: "下一页",
    blocked_for_you: "已阻塞，由你决定",
    asked_you: "向你提问",
    look: "外观",
    themes: ["跟随系统", "浅色", "深色"],
    keep: "保存",
    not_there: "没有这个页面。",
    in_clear: "此页面以明文经过网络，途中任何人都能读到。请使用 HTTPS。",
    stale_form: "表单已过期，请再提交一次。",
};
