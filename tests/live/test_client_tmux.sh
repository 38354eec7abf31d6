#!/usr/bin/env bash
# rchat on a terminal, as a new user would try it, in Chinese and in English.
#   test_client_tmux.sh FOLDER_OF_THE_PROGRAMS
set -euo pipefail
bin=$(cd "$1" && pwd)
if [ -z "${RCHAT_TEST_LANGUAGE:-}" ]; then
  # Both languages at once, each with a server of its own: most of the time is spent waiting.
  RCHAT_TEST_LANGUAGE=zh_CN bash "$0" "$bin" &
  chinese=$!
  english=0
  RCHAT_TEST_LANGUAGE=en bash "$0" "$bin" || english=$?
  wait "$chinese"
  exit "$english"
fi
if ! command -v tmux >/dev/null; then
  echo "skipped: tmux is not installed"
  exit 77
fi
. "$(dirname "${BASH_SOURCE[0]}")/client_common.sh"
terminal() { tmux -u -f /dev/null -S "$folder/tmux" "$@"; }
clean_up() {
  terminal kill-server 2>/dev/null || true
  [ -z "$server_pid" ] || kill -9 "$server_pid" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

# open NAME LANG [VARIABLE=VALUE]: a client in a window of its own, 80x24; its exit code and the
# terminal's mode are written behind it.
open() {
  mkdir -p "$folder/home-$1"
  local command="sh -c 'echo \$\$ >\"$folder/$1.pid\"; exec env HOME=\"$folder/home-$1\" ${3:-} \"$bin/rchat\" --lang $2 127.0.0.1 $port'"
  command+="; echo EXIT=\$?; stty -a | grep -qE '[^-]icanon.*' && stty -a | grep -qE '[^-]echo ' && echo COOKED; exec sleep 600"
  if terminal has-session -t "=$1" 2>/dev/null; then terminal kill-session -t "=$1"; fi
  terminal new-session -d -x 80 -y 24 -s "$1" "$command"
}

# Everything that the window has shown, wrapped lines joined.
screen() { terminal capture-pane -p -J -S - -t "=$1:"; }
shows() { screen "$1" | grep -qF -- "$2"; }
sees() {
  local tries=0
  until shows "$1" "$2"; do
    if [ $((tries += 1)) -gt $((seconds_max * 10)) ]; then
      echo "--- the window of $1:" >&2
      screen "$1" >&2
      fail "$1 never sees: $2"
    fi
    sleep 0.1
  done
}
keys() { terminal send-keys -t "=$1:" "${@:2}"; }
types() { terminal send-keys -t "=$1:" -l -- "$2" && keys "$1" Enter; }
# answers NAME QUESTION TEXT: waits for the question first, as a person does.
answers() { sees "$1" "$2"; types "$1" "$3"; }
# The last row that is not empty, and the column of the cursor.
last_row() { terminal capture-pane -p -t "=$1:" | sed '/^$/d' | tail -n 1; }
cursor() { terminal display-message -p -t "=$1:" '#{cursor_x}'; }
cursor_is() { [ "$(cursor "$1")" = "$2" ]; }
row_is() { [ "$(last_row "$1")" = "$2" ]; }

# words LANG: the sentences that this test waits for.
words() {
  case $1 in
    en)
      menu="1 register   2 log in   q quit" ask_name="Name:" ask_password="Password:" ask_again="Password again:"
      wrong="Wrong name or wrong password." taken="is taken." welcome="Registered. Welcome, " in_as="Logged in as "
      hint="Enter sends to everyone." ask_friend="To whom:" ask_text="Text to " online="is online and gets it now."
      offline="is offline; the message is stored" unknown="There is nobody called " to_you="to you: "
      elsewhere="so this session ends" lost="is lost. It comes back by itself" restarted="was restarted." back="Connected again."
      changed="has CHANGED" next_step="rchat --forget" first="First contact with " differ="The two passwords differ."
      joined="joined" left="left" leave_again="Ctrl-C once more leaves." silent="No answer from" ;;
    zh_CN)
      menu="1 注册   2 登录   q 退出" ask_name="用户名：" ask_password="密码：" ask_again="再输入一次密码："
      wrong="用户名或密码错误。" taken="已被占用" welcome="注册成功，欢迎你，" in_as="已登录为 "
      hint="按回车发给所有人" ask_friend="发给谁：" ask_text="说：" online="在线，正在送达。"
      offline="不在线；消息已保存" unknown="没有叫 " to_you="对你说: "
      elsewhere="本次会话结束" lost="断开了。会自动重新连接" restarted="已重启。" back="已重新连接。"
      changed="的密钥变了" next_step="rchat --forget" first="首次连接 " differ="两次输入的密码不一致"
      joined="进入了聊天室" left="离开了聊天室" leave_again="再按一次 Ctrl-C 退出。" silent="没有应答" ;;
  esac
}

# enters NAME LANG 1|2 ACCOUNT PASSWORD: opens a client and goes through the menu.
enters() {
  open "$1" "$2"
  answers "$1" "$menu" "$3"
  answers "$1" "$ask_name" "$4"
  answers "$1" "$ask_password" "$5"
  if [ "$3" = 1 ]; then answers "$1" "$ask_again" "$5"; fi
}

# A whole conversation of two people, called A and B.
conversation() {
  local lang=$1 a=$2 b=$3
  words "$lang"
  local first_window=$a-$lang second_window=$b-$lang third_window=$a-again-$lang
  A=$first_window B=$second_window

  # Registering: passwords that differ, then again; a failed login; a taken name.
  open "$A" "$lang"
  sees "$A" "$first"
  answers "$A" "$menu" 1
  answers "$A" "$ask_name" "$a"
  answers "$A" "$ask_password" "correct horse"
  answers "$A" "$ask_again" "correct house"
  sees "$A" "$differ"
  types "$A" "correct horse"
  sleep 0.3
  types "$A" "correct horse"
  sees "$A" "$welcome$a"
  sees "$A" "$hint"
  ! shows "$A" "correct horse" || fail "a password was shown"

  enters "$B" "$lang" 2 "$b" "no account yet"
  sees "$B" "$wrong"
  types "$B" 1
  sleep 0.3
  types "$B" "$a"
  sleep 0.3
  types "$B" "battery staple"
  sleep 0.3
  types "$B" "battery staple"
  sees "$B" "$taken"
  types "$B" 1
  sleep 0.3
  types "$B" "$b"
  sleep 0.3
  types "$B" "battery staple"
  sleep 0.3
  types "$B" "battery staple"
  sees "$B" "$welcome$b"
  sees "$A" "$b $joined"

  # In public, while the other types: the half-typed line and the cursor stay.
  terminal send-keys -t "=$A:" -l -- "你好, half"
  until_true "the half-typed line" row_is "$A" "$a> 你好, half"
  local column
  column=$(cursor "$A")
  for i in 1 2 3 4 5; do types "$B" "line $i of $b 世界"; done
  sees "$A" "$b: line 5 of $b 世界"
  until_true "the half-typed line as it was" row_is "$A" "$a> 你好, half"
  until_true "the cursor as it was" cursor_is "$A" "$column"
  terminal resize-window -t "=$A:" -x 40 -y 12
  until_true "the line after a resize" row_is "$A" "$a> 你好, half"
  terminal resize-window -t "=$A:" -x 80 -y 24
  keys "$A" Left Left Left Left BSpace BSpace Home Right BSpace
  until_true "the edited line" row_is "$A" "$a> 好half"
  keys "$A" Enter
  sees "$B" "$a: 好half"

  # A paste never sends by itself.
  terminal set-buffer -b pasted $'two\nlines\n'
  terminal paste-buffer -p -b pasted -t "=$A:"
  until_true "the pasted line" row_is "$A" "$a> two⏎lines⏎"
  keys "$A" C-c
  until_true "the cleared line" row_is "$A" "$a>"

  # Privately: online, unknown, offline.
  types "$A" PC
  answers "$A" "$ask_friend" "$b"
  answers "$A" "$ask_text" "悄悄话 $lang"
  sees "$B" "$to_you悄悄话 $lang"
  sees "$A" "$b $online"
  types "$A" "/msg nobody$a hello"
  sees "$A" "${unknown}nobody$a"
  types "$B" quit
  sees "$B" "EXIT=0"
  sees "$B" "COOKED"
  sees "$A" "$b $left"
  types "$A" "/msg $b for later"
  sees "$A" "$b $offline"
  enters "$B" "$lang" 2 "$b" "battery staple"
  sees "$B" "${to_you}for later"

  # Login elsewhere: the first is told from where and leaves.
  enters "$third_window" "$lang" 2 "$a" "correct horse"
  sees "$third_window" "$in_as$a"
  sees "$A" "$elsewhere"
  sees "$A" "EXIT=6"
  sees "$A" "COOKED"
  A=$third_window

  # The server is killed and comes back; what is typed meanwhile arrives once.
  sees "$A" "$hint"
  kill_server KILL
  terminal send-keys -t "=$A:" -l -- "half "
  sees "$A" "$lost"
  until_true "the line after the loss" eval "last_row '$A' | grep -q 'half\$'"
  terminal send-keys -t "=$A:" -l -- "$lang kept"
  keys "$A" Enter
  start_server
  sees "$A" "$back"
  sees "$A" "$a: half $lang kept"
  sees "$B" "$a: half $lang kept"
  [ "$(screen "$B" | grep -cF "$a: half $lang kept")" = 1 ] || fail "the kept message came twice"

  # A server that restarts at once says so by itself.
  kill_server KILL
  start_server
  types "$A" "after the restart"
  sees "$A" "$restarted"
  sees "$A" "$a: after the restart"

  # Ctrl-C twice leaves, and says so where a message was not acknowledged; a signal too, and the
  # terminal is as before.
  keys "$A" C-c
  sees "$A" "$leave_again"
  keys "$A" C-c
  sees "$A" "EXIT=0"
  sees "$A" "COOKED"
  enters "$A" "$lang" 2 "$a" "correct horse"
  sees "$A" "$hint"
  kill -STOP "$server_pid"
  types "$A" "not acknowledged"
  keys "$A" C-c
  sees "$A" "$leave_again"
  keys "$A" C-c
  sees "$A" "EXIT=7"
  kill -CONT "$server_pid"
  kill -TERM "$(cat "$folder/$B.pid")"
  sees "$B" "EXIT=143"
  sees "$B" "COOKED"
}

# A terminal that cannot move its cursor: plain lines, and still no password shown.
dumb() {
  words "$1"
  open "dumb-$1" "$1" "TERM=dumb"
  answers "dumb-$1" "$menu" 1
  answers "dumb-$1" "$ask_name" "dumb_$1"
  answers "dumb-$1" "$ask_password" "a secret word"
  answers "dumb-$1" "$ask_again" "a secret word"
  sees "dumb-$1" "${welcome}dumb_$1"
  ! shows "dumb-$1" "a secret word" || fail "a dumb terminal shows the password"
  types "dumb-$1" "plain words"
  sees "dumb-$1" "dumb_$1: plain words"
  types "dumb-$1" quit
  sees "dumb-$1" "EXIT=0"
  sees "dumb-$1" "COOKED"
}

# Ctrl-Z under a script stops the script too: otherwise it waits for ever, and with it the terminal.
suspended() {
  words "$1"
  local window=stop-$1
  mkdir -p "$folder/home-$window"
  terminal new-session -d -x 80 -y 24 -s "$window" "env HOME=\"$folder/home-$window\" PS1='shell> ' bash --norc -i"
  answers "$window" "shell>" "bash -c '\"$bin/rchat\" --lang $1 127.0.0.1 $port; echo EXIT=\$?'"
  sees "$window" "$menu"
  keys "$window" C-z
  sees "$window" "Stopped"
  until_true "the prompt of the shell" row_is "$window" "shell>"
  types "$window" fg
  until_true "the prompt of rchat" row_is "$window" ">"
  types "$window" q
  sees "$window" "EXIT=0"
}

# The key changes, and then there is no server at all.
strangers() {
  words "$1"
  open "key-$1" "$1"
  sees "key-$1" "$menu"
  types "key-$1" q
  sees "key-$1" "EXIT=0"
  open "crash-$1" "$1"
  sees "crash-$1" "$menu"
  kill -SEGV "$(cat "$folder/crash-$1.pid")"
  sees "crash-$1" "EXIT="  # 139, or what a sanitizer makes of it
  ! shows "crash-$1" "EXIT=0" || fail "a crash ended with 0"
  sees "crash-$1" "COOKED"
  # The window is closed under it.
  open "closed-$1" "$1"
  sees "closed-$1" "$menu"
  terminal kill-session -t "=closed-$1"
  until_true "the client of a closed window ends" ended "$(cat "$folder/closed-$1.pid")"
  kill_server TERM
  rm "$folder/server/server.key"
  start_server
  open "key-$1" "$1"
  sees "key-$1" "$changed"
  sees "key-$1" "$next_step"
  sees "key-$1" "EXIT=4"
  kill_server TERM
  open "none-$1" "$1"
  sees "none-$1" "$silent"
  sees "none-$1" "EXIT=3"
  sees "none-$1" "COOKED"
}

start_server
case $RCHAT_TEST_LANGUAGE in
  zh_CN) conversation zh_CN 小明 小红 ;;
  en) conversation en alice bob ;;
esac
dumb "$RCHAT_TEST_LANGUAGE"
suspended "$RCHAT_TEST_LANGUAGE"
strangers "$RCHAT_TEST_LANGUAGE"
echo "passed: rchat on a terminal, $RCHAT_TEST_LANGUAGE"
