/* Stand-in for a program of git for Windows, under whose name it is called: hands its arguments, its environment, its
 * directory and its input to hand-over.pl, which runs the program of Linux, and hands back what that writes and how it ends.
 * hand-over.port, beside this file, has the port.
 *
 *   x86_64-w64-mingw32-gcc -municode -o git.exe hand-over.c -lws2_32 -lshell32
 */
#include <winsock2.h>
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>

static SOCKET peer;

static void give_up(const char *why) {
	fprintf(stderr, "hand-over: %s\n", why);
	exit(99);
}

static void send_all(const char *bytes, int length) {
	while (length > 0) {
		int sent = send(peer, bytes, length, 0);
		if (sent <= 0) give_up("the other side is gone");
		bytes += sent;
		length -= sent;
	}
}

static void receive_all(char *bytes, int length) {
	while (length > 0) {
		int got = recv(peer, bytes, length, 0);
		if (got <= 0) give_up("the other side has ended");
		bytes += got;
		length -= got;
	}
}

/* Sends a length of four bytes, and the bytes. */
static void send_block(const char *bytes, unsigned length) {
	unsigned order = htonl(length);
	send_all((const char *)&order, 4);
	send_all(bytes, (int)length);
}

static void send_text(const wchar_t *text) {
	static char bytes[1 << 18];
	int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
	if (length == 0) give_up("a text is too long");
	send_block(bytes, (unsigned)length - 1);
}

static DWORD WINAPI pass_input(void *unused) {
	static char bytes[1 << 16];
	HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
	DWORD got = 0;
	(void)unused;
	while (ReadFile(input, bytes, sizeof bytes, &got, NULL) && got > 0) send_block(bytes, got);
	send_block("", 0);
	return 0;
}

static void write_all(HANDLE to, const char *bytes, DWORD length) {
	DWORD written;
	while (length > 0 && WriteFile(to, bytes, length, &written, NULL)) {
		bytes += written;
		length -= written;
	}
}

static void connect_to_port(void) {
	wchar_t path[MAX_PATH];
	char port[16] = "";
	WSADATA data;
	struct sockaddr_in to = {0};
	FILE *file;
	GetModuleFileNameW(NULL, path, MAX_PATH);
	wcscpy(wcsrchr(path, L'\\') + 1, L"hand-over.port");
	file = _wfopen(path, L"r");
	if (file == NULL || fgets(port, sizeof port, file) == NULL) give_up("no port");
	WSAStartup(MAKEWORD(2, 2), &data);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_family = AF_INET;
	to.sin_port = htons((unsigned short)atoi(port));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(peer, (struct sockaddr *)&to, sizeof to) != 0) give_up("nobody listens");
}

int wmain(int count, wchar_t **words) {
	wchar_t path[MAX_PATH], directory[MAX_PATH];
	wchar_t *variable = GetEnvironmentStringsW();
	static char bytes[1 << 20];
	char head[5];
	connect_to_port();
	GetModuleFileNameW(NULL, path, MAX_PATH);
	GetCurrentDirectoryW(MAX_PATH, directory);
	send_text(wcsrchr(path, L'\\') + 1);
	send_text(directory);
	for (int at = 1; at < count; at++) {
		send_block("a", 1);
		send_text(words[at]);
	}
	for (; *variable != 0; variable += wcslen(variable) + 1) {
		send_block("v", 1);
		send_text(variable);
	}
	send_block("", 0);
	CreateThread(NULL, 0, pass_input, NULL, 0, NULL);
	for (;;) {
		unsigned length;
		receive_all(head, 5);
		memcpy(&length, head + 1, 4);
		length = ntohl(length);
		if (head[0] == 'x') ExitProcess(length);
		if (length > sizeof bytes) give_up("a block is too long");
		receive_all(bytes, (int)length);
		write_all(GetStdHandle(head[0] == 'o' ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE), bytes, length);
	}
}
