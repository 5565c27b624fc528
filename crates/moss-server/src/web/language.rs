//! Every text of the pages, in every language, side by side: none can lack one.

/// A line a text: its name, then English, then Chinese.
macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// The texts in one language.
        #[derive(Debug)]
        pub struct Words {
            $(#[doc = $en] pub $name: &'static str,)*
        }

        /// English.
        pub static EN: Words = Words { $($name: $en,)* };
        /// Chinese.
        pub static ZH: Words = Words { $($name: $zh,)* };
    };
}

/// All languages.
pub const ALL: [&Words; 2] = [&EN, &ZH];

words! {
    code: "en", "zh";
    name: "English", "中文";

    // The frame.
    skip: "Skip to the page", "跳到正文";
    pages: "Pages", "页面";
    needs_you: "Needs you", "待你处理";
    tasks: "Tasks", "任务";
    sub_tasks: "Sub-tasks", "子任务";
    agents: "Agents", "智能体";
    reviews: "Reviews", "评审";
    scores: "Scores", "积分";
    logs: "Log", "日志";
    feed: "Feed", "动态";
    patrol: "Patrol", "巡查";
    prompts: "Prompts", "提示词";
    numbers: "Numbers", "统计";
    settings: "Settings", "设置";
    system: "System", "系统";
    rules: "Rules", "规则";
    live: "● live", "● 实时";
    reconnecting: "○ reconnecting", "○ 正在重连";
    something_new: "◐ paused while you write: there is something new", "◐ 你正在编辑，已暂停：有新内容";
    sign_in: "Sign in", "登录";
    sign_out: "Sign out", "退出";
    language: "Language", "语言";
    theme: "Theme", "主题";
    theme_system: "As the system", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
    zone: "Time zone", "时区";
    keys: "Keys", "快捷键";
    keys_on: "On: ? lists them", "开启：按 ? 查看";
    keys_off: "Off", "关闭";
    key_rows: "The next row, the one before", "下一行、上一行";
    keep: "Keep", "保存";
    done: "Done.", "已完成。";
    back: "Back", "返回";

    // Signing in.
    password: "Admin password", "管理员密码";
    forgotten: "Forgotten? At the server's machine, in the folder of its config.yaml: moss-server init --admin-password-file FILE",
        "忘记了？在服务器上 config.yaml 所在目录运行：moss-server init --admin-password-file FILE";
    wrong_password: "The password is wrong.", "密码错误。";
    wait_seconds: "Too many wrong passwords. Seconds to wait:", "密码错误次数过多。需等待的秒数：";
    in_clear: "This page came in clear across a network: anyone on the way can read it. Use HTTPS.",
        "此页面以明文经过网络，途中任何人都能读到。请使用 HTTPS。";
    session_over: "Your session is over. Sign in: what you wrote comes back, and nothing was sent.",
        "会话已结束。请登录：你填写的内容会恢复，尚未提交。";

    // Setting up.
    set_up: "Set up moss", "设置 moss";
    set_up_already: "It is set up.", "已完成设置。";
    password_rule: "8 characters or more, and none that is guessed first", "至少 8 个字符，不能是常见密码";
    password_again: "The same once more", "再次输入密码";
    not_the_same: "The two passwords are not the same.", "两次输入的密码不一致。";
    project_name: "Project name", "项目名称";
    workspace_root: "Workspace folder that every agent reaches", "所有智能体都能访问的工作目录";
    external_url: "Where agents reach this server, when that is not this address",
        "智能体访问本服务器的地址（若与当前地址不同）";
    registration_token: "Registration token; empty for a new one", "注册令牌（留空则自动生成）";
    allow_registration: "Agents may register by it", "允许智能体用它注册";
    set_up_done: "It is set up. Sign in, and invite the first agent.", "设置完成。请登录并邀请第一个智能体。";
    needs_script: "Set-up needs JavaScript: the link's token never leaves the browser in an address.",
        "设置页面需要 JavaScript：链接中的令牌不会出现在任何请求地址中。";

    // What did not work.
    not_sent: "Nothing was changed", "没有任何更改";
    stale_form: "This form is of an older page. Look at it and send it once more.",
        "此表单来自较早的页面，请检查后再次提交。";
    form_not_read: "This form is too long, or did not arrive in time. Nothing was changed.",
        "表单过长或未能及时到达，没有任何更改。";
    send_again: "Send again", "再次提交";
    other_site: "Another site has sent this. Nothing was changed.", "此请求来自其他网站，没有任何更改。";
    database_silent: "The database does not answer just now.", "数据库暂时没有响应。";

    // Lists.
    all: "All", "全部";
    search: "Search", "搜索";
    filter: "Filter", "筛选";
    nothing_yet: "Nothing yet.", "还没有内容。";
    nothing_fits: "Nothing matches.", "没有匹配的内容。";
    clear: "Clear filters", "清除筛选";
    more_rows: "More of the list", "列表分页";
    earlier: "Earlier", "上一页";
    later: "Later", "下一页";
    none: "–", "–";
    column_name: "Name", "名称";
    column_status: "Status", "状态";
    column_holder: "Holder", "执行者";
    column_task: "Task", "任务";
    column_module: "Module", "模块";
    column_sub_task: "Sub-task", "子任务";
    column_role: "Role", "角色";
    column_score: "Score", "积分";
    column_changed: "Changed", "更新";
    column_heard: "Heard from", "最近联系";
    column_progress: "Done", "完成";
    column_reason: "Reason", "原因";
    column_since: "Since", "自";
    column_when: "When", "时间";
    column_who: "Who", "谁";
    column_what: "What", "内容";
    column_result: "Result", "结果";
    column_round: "Round", "轮次";
    column_rank: "Rank", "排名";
    column_kind: "Kind", "类型";
    column_open: "Open", "未完成";
    column_priority: "Priority", "优先级";
    column_action: "Do", "操作";
    column_delta: "Change", "变化";

    // What waits for a person.
    decide: "Decide", "去处理";
    all_well: "Nothing waits for you.", "没有需要你处理的事项。";
    blocked_for_you: "Blocked, and for you to decide", "已阻塞，由你决定";
    asks_you: "asks you", "向你提问";
    all_done: "Everything in it is done. Close it, or plan on.", "全部完成。关闭它，或继续规划。";
    answer: "Answer", "回答";
    give_goal: "Give the team a goal", "给团队一个目标";
    goal_text: "What is wanted", "目标内容";
    deadline: "Deadline", "截止时间";

    // Work.
    description: "Description", "描述";
    deliverable: "Deliverable", "交付物";
    acceptance: "Acceptance", "验收标准";
    comment: "Comment", "评语";
    issues: "Issues", "问题";
    lease_until: "Kept until", "保留至";
    modules: "Modules", "模块";
    as_list: "As a list", "列表";
    as_board: "As a board", "看板";
    history: "History", "经过";
    attempts: "Attempts", "尝试";
    artifacts: "Files", "文件";
    attempt_runs: "still going", "进行中";
    edit: "Edit", "编辑";
    save: "Save", "保存";
    close_task: "Close", "关闭";
    cancel: "Give up", "放弃";
    cancel_task_means: "Ends the task and every sub-task of it that is open. Agents are told at their next call.",
        "结束该任务及其所有未完成的子任务。智能体在下次调用时得知。";
    cancel_sub_task_means: "Ends it. Whoever holds it is told at the next call.",
        "结束该子任务。持有者在下次调用时得知。";
    reassign: "Reassign", "重新分配";
    reassign_means: "Takes it from whoever holds it. Empty: the executor who suits best.",
        "从当前持有者收回。留空则交给最合适的执行者。";
    release: "Let anyone claim it", "开放认领";
    whose: "Agent", "智能体";
    reason: "Reason", "原因";

    whose_turn: "Blocked for", "等待谁处理";
    do_with_all: "Do with all that match", "对所有匹配项操作";
    bulk_means: "The same move for each, at most 1,000 at once. What cannot be moved stays as it is, and is listed.",
        "逐一执行同一操作，每次最多 1,000 项。无法执行的保持原样并列出。";
    were_done: "done.", "项已完成。";
    were_not_done: "not done", "项未执行";

    // Why a sub-task stands where it stands.
    why_waits: "It waits until others are done:", "等待其他子任务完成：";
    why_free: "Anyone may claim it, and nobody has.", "任何执行者都可以认领，目前无人认领。";
    why_assigned: "It was given out and is not begun.", "已分配，尚未开始。";
    why_in_progress: "Somebody works on it.", "正在进行。";
    why_review: "It waits for a verdict.", "等待评审结果。";
    why_rework: "It was rejected; whoever did it is to do it again.", "已被驳回，需要返工。";
    why_blocked_person: "It is blocked, and it is your turn.", "已阻塞，轮到你处理。";
    why_blocked_planner: "It is blocked, and it is the planner's turn.", "已阻塞，轮到规划者处理。";
    why_blocked: "It is blocked.", "已阻塞。";
    why_done: "It is done.", "已完成。";
    why_cancelled: "It was given up.", "已放弃。";

    // Agents.
    column_health: "How it does", "状况";
    health_out: "not let in", "未接入";
    health_never: "never heard from", "从未联系";
    health_no_rhythm: "no timer known", "定时未知";
    health_working: "working", "工作中";
    health_on_time: "on time", "准时";
    health_late: "late", "迟到";
    health_missing: "missing", "失联";
    next_due: "Next due", "下次应到";
    judge: "Judge", "评审";
    judge_means: "One verdict a round, in the place of a reviewer. A rejection sends it back and says what is wrong.",
        "每轮一次评审，以评审者身份进行。驳回会退回返工，并说明问题。";
    for_whom: "In the place of", "代替";
    no_reviewer: "There is no reviewer in whose place you could judge: invite one.",
        "没有可代替的评审者：请先邀请一位。";
    as_table: "As a table (CSV)", "导出表格（CSV）";
    as_json: "As JSON", "导出 JSON";
    woken_by: "Woken by", "唤醒方式";
    not_onboarded: "Nothing is known of what wakes it: on its machine, run moss doctor.",
        "不清楚由什么唤醒：在其机器上运行 moss doctor。";
    invite: "Invite an agent", "邀请智能体";
    invite_means: "Run this once, in the folder the agent is to have on its host. It works once, for an hour.",
        "在该智能体的主机目录中运行一次。一小时内有效，仅可使用一次。";
    new_key: "New key", "新密钥";
    new_key_means: "Its keys end at once; the new one is shown this once.", "原有密钥立即失效；新密钥仅显示这一次。";
    command_for_host: "Command for its host", "主机上的命令";
    disable: "Disable", "停用";
    disable_means: "It is let in no more; what it holds goes to others.", "不再允许接入；其持有的工作交给他人。";
    enable: "Enable", "启用";
    remove: "Remove", "移除";
    remove_means: "Its keys end and its name is free. What it did stays. Type its name:",
        "密钥失效，名称释放，历史保留。请输入其名称：";
    adjust: "Adjust the score", "调整积分";
    by_how_much: "By how much", "调整多少";
    ledger: "Ledger", "积分明细";

    // What runs here.
    database: "Database", "数据库";
    is_well: "well", "正常";
    releases: "Releases", "发行版";
    newest_release: "Agents are offered", "向智能体提供的版本：";
    no_release: "No release is offered here: agents stay as they are.", "此处没有发行版：智能体保持现有版本。";
    webhooks: "Webhooks", "Webhook";
    webhook_test: "Post a test to each", "向每个地址发送测试";
    no_webhook: "There is no webhook. They are named in the settings.", "没有 Webhook，可在设置中添加。";
    webhooks_pending: "On their way", "发送中";
    webhooks_dead: "Given up", "已放弃发送";
    try_again: "Try again", "重试";
    sessions: "Sessions", "会话";
    session_begun: "Begun", "开始";
    session_used: "Used", "最近使用";
    session_own: "this one", "当前会话";
    end_others: "End all others", "结束其他会话";
    end_others_means: "Everybody else who is signed in, here or by the API, has to sign in again.",
        "其他已登录者（网页或 API）都需要重新登录。";
    backup: "Backup", "备份";
    backup_means: "While the server runs, at its machine, in the folder of its config.yaml. PostgreSQL and MySQL have tools of their own.",
        "服务器运行时，在其 config.yaml 所在目录执行。PostgreSQL 和 MySQL 请用各自的工具。";
    look_page: "Every part of these pages in every state", "页面所有组件的各种状态";

    // Patrol.
    ignore: "Leave it", "忽略";
    resolve: "It is over", "已解决";

    // Prompts.
    templates: "Templates of the roles", "角色模板";
    template_reach: "What moss itself tells a role at each wake-up is part of moss; this text goes into the first prompt of an agent.",
        "moss 在每次唤醒时对角色的说明随程序提供；此文本用于智能体的初始提示词。";
    own_prompts: "Prompts of agents", "智能体提示词";
    versions: "Versions", "版本";
    restore: "Go back to this", "恢复此版本";
    what_changed: "What changed", "更改内容";
    newest: "newest", "最新";

    // Settings.
    only_in_file: "In config.yaml, and in force after a restart:", "在 config.yaml 中修改，重启后生效：";
    password_change: "Change the password", "修改密码";
    password_old: "As it is", "当前密码";
    password_new: "As it is to be", "新密码";
    password_means: "Ends every session, also this one.", "将结束所有会话，包括当前会话。";
    rule_new: "New rule for everybody", "新的全局规则";
    scope: "For whom", "范围";
    delete: "Delete", "删除";
    delete_rule_means: "Nobody is told it any more. Its versions are gone with it.", "此规则不再下发，其版本记录一并删除。";

    // Numbers.
    open_tasks: "Open tasks", "进行中的任务";
    active_sub_tasks: "Sub-tasks at work", "进行中的子任务";
    waiting_review: "Wait for a verdict", "待评审";
    blocked: "Blocked", "已阻塞";
    active_agents: "Agents let in", "启用的智能体";
    done_today: "Done today", "今日完成";
    by_day: "Day by day", "每日";
    made: "made", "新建";
    approved: "approved", "通过";
    rejected: "rejected", "驳回";
}

/// The words of the wire that people read, in Chinese. English reads them as they are.
const TERMS: &[(&str, &str)] = &[
    ("planning", "规划中"),
    ("active", "活跃"),
    ("in_progress", "进行中"),
    ("completed", "已完成"),
    ("archived", "已归档"),
    ("cancelled", "已放弃"),
    ("pending", "待认领"),
    ("assigned", "已分配"),
    ("review", "评审"),
    ("rework", "返工"),
    ("blocked", "已阻塞"),
    ("done", "已完成"),
    ("disabled", "停用"),
    ("removed", "已移除"),
    ("planner", "规划者"),
    ("person", "人"),
    ("executor", "执行者"),
    ("reviewer", "评审者"),
    ("patrol", "巡查"),
    ("high", "高"),
    ("medium", "中"),
    ("low", "低"),
    ("approved", "通过"),
    ("rejected", "驳回"),
    ("open", "未处理"),
    ("ignored", "已忽略"),
    ("resolved", "已解决"),
    ("warning", "警告"),
    ("critical", "严重"),
    ("timeout", "超时"),
    ("stuck", "停滞"),
    ("orphan", "无人负责"),
    ("rework_overflow", "返工过多"),
    ("score_drop", "积分骤降"),
    ("starved", "无人认领"),
    ("review_backlog", "评审积压"),
    ("blocked_without_owner", "阻塞无人处理"),
    ("unanswered", "唤醒无响应"),
    ("key_refused", "密钥被拒"),
    ("silent", "失联"),
    ("reported", "巡查上报"),
    ("plan", "规划"),
    ("coding", "编码"),
    ("delivery", "交付"),
    ("reflection", "反思"),
];

impl Words {
    /// A word of the wire as people read it.
    pub fn term(&self, word: &str) -> String {
        let chinese = TERMS.iter().find(|(its, _)| *its == word).map(|(_, chinese)| *chinese);
        match chinese.filter(|_| self.code == ZH.code) {
            Some(chinese) => chinese.to_owned(),
            None => word.replace('_', " "),
        }
    }
}

#[cfg(test)]
mod tests {
    use moss_api::{
        AgentStatus, AnomalyKind, AnomalyState, BlockOwner, LogAction, Priority, Role, Severity,
        SubTaskStatus, TaskStatus, Verdict, Vocabulary,
    };

    use super::*;

    #[test]
    fn every_word_that_people_read_is_said_in_every_language() {
        let words = TaskStatus::all_words()
            .chain(SubTaskStatus::all_words())
            .chain(AgentStatus::all_words())
            .chain(AnomalyKind::all_words())
            .chain(AnomalyState::all_words())
            .chain(LogAction::all_words())
            .chain(Priority::all_words())
            .chain(Role::all_words())
            .chain(Severity::all_words())
            .chain(Verdict::all_words())
            .chain(BlockOwner::all_words());
        for word in words {
            assert!(!ZH.term(word).is_ascii(), "{word}");
            assert!(EN.term(word).is_ascii(), "{word}");
        }
    }
}
