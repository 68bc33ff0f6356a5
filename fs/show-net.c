/* SPDX-License-Identifier: MIT */
/* A network namespace in which there is a loopback device and no traffic. */
#include "fs/fs.h"
#include "fs/show.h"

static const struct show_text tables[] = {
	{ "arp",
	  "IP address       HW type     Flags       HW address            Mask     Device\n" },
	{ "dev",
	  "Inter-|   Receive                                                |  Transmit\n"
	  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
	  "drop fifo colls carrier compressed\n"
	  "    lo:       0       0    0    0    0     0          0         0        0       0    0    "
	  "0    0     0       0          0\n" },
	{ "icmp",
	  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
	  " timeout inode ref pointer drops             \n" },
	{ "if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\n" },
	{ "netlink", "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    "
		     "Drops    Inode\n" },
	{ "packet", "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" },
	{ "protocols",
	  "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io "
	  "in de sh ss gs se re bi br ha uh gp em\n" },
	{ "raw",
	  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
	  "timeout inode ref pointer drops\n" },
	{ "raw6",
	  "  sl  local_address                         remote_address                        st "
	  "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" },
	{ "route",
	  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT      "
	  "                                                 \n" },
	{ "sockstat", "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\n"
		      "UDP: inuse 0 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\n"
		      "FRAG: inuse 0 memory 0\n" },
	{ "sockstat6", "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\nRAW6: inuse 0\n"
		       "FRAG6: inuse 0 memory 0\n" },
	{ "tcp",
	  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
	  "timeout inode                                                     \n" },
	{ "tcp6",
	  "  sl  local_address                         remote_address                        st "
	  "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" },
	{ "udp",
	  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
	  " timeout inode ref pointer drops            \n" },
	{ "udp6",
	  "  sl  local_address                         remote_address                        st "
	  "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" },
	{ "unix", "Num       RefCount Protocol Flags    Type St Inode Path\n" },
};

int show_net_table(const struct show *s, GString *out)
{
	return show_text_of(tables, G_N_ELEMENTS(tables), entry_of(&s->node)->name, out);
}

/* Of snmp and netstat: a line of names, a line of numbers, 0 unless said here. */
static const struct {
	const char *file, *proto, *names, *first;
} counters[] = {
	{ "snmp", "Ip",
	  "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos "
	  "InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds "
	  "ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits",
	  "2 64" },
	{ "snmp", "Icmp",
	  "InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs "
	  "InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps "
	  "OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds "
	  "OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps "
	  "OutTimestampReps OutAddrMasks OutAddrMaskReps",
	  "" },
	{ "snmp", "Tcp",
	  "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
	  "CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors",
	  "1 200 120000 -1" },
	{ "snmp", "Udp",
	  "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
	  "IgnoredMulti MemErrors",
	  "" },
	{ "snmp", "UdpLite",
	  "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors "
	  "IgnoredMulti MemErrors",
	  "" },
	{ "netstat", "TcpExt",
	  "SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned "
	  "OfoPruned OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSActive "
	  "PAWSEstab DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops "
	  "TCPHPHits TCPPureAcks TCPHPAcks TCPRenoRecovery TCPSackRecovery TCPLostRetransmit "
	  "TCPFastRetrans TCPSlowStartRetrans TCPTimeouts TCPLossProbes TCPBacklogDrop "
	  "TCPRcvCoalesce TCPOFOQueue TCPOFODrop TCPSynRetrans TCPOrigDataSent TCPKeepAlive "
	  "TCPDelivered TCPRcvQDrop",
	  "" },
	{ "netstat", "IpExt",
	  "InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets "
	  "OutOctets InMcastOctets OutMcastOctets InBcastOctets OutBcastOctets InCsumErrors "
	  "InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts ReasmOverlaps",
	  "" },
};

int show_net_counters(const struct show *s, GString *out)
{
	const char *file = entry_of(&s->node)->name;

	for (size_t i = 0; i < G_N_ELEMENTS(counters); i++) {
		g_auto(GStrv) names = g_strsplit(counters[i].names, " ", -1);
		g_auto(GStrv) first = g_strsplit(counters[i].first, " ", -1);
		guint said = g_strv_length(first);

		if (!g_str_equal(counters[i].file, file))
			continue;
		g_string_append_printf(out, "%s: %s\n%s:", counters[i].proto, counters[i].names,
				       counters[i].proto);
		for (guint n = 0; names[n]; n++)
			g_string_append_printf(out, " %s", n < said ? first[n] : "0");
		g_string_append_c(out, '\n');
	}
	return 0;
}

int show_net_snmp6(const struct show *s, GString *out)
{
	static const char *const names[] = {
		"Ip6InReceives",	"Ip6InHdrErrors",	"Ip6InTooBigErrors",
		"Ip6InNoRoutes",	"Ip6InAddrErrors",	"Ip6InUnknownProtos",
		"Ip6InTruncatedPkts",	"Ip6InDiscards",	"Ip6InDelivers",
		"Ip6OutForwDatagrams",	"Ip6OutRequests",	"Ip6OutDiscards",
		"Ip6OutNoRoutes",	"Ip6ReasmTimeout",	"Ip6ReasmReqds",
		"Ip6ReasmOKs",		"Ip6ReasmFails",	"Ip6FragOKs",
		"Ip6FragFails",		"Ip6FragCreates",	"Ip6InMcastPkts",
		"Ip6OutMcastPkts",	"Ip6InOctets",		"Ip6OutOctets",
		"Ip6InMcastOctets",	"Ip6OutMcastOctets",	"Ip6InBcastOctets",
		"Ip6OutBcastOctets",	"Ip6InNoECTPkts",	"Ip6InECT1Pkts",
		"Ip6InECT0Pkts",	"Ip6InCEPkts",		"Ip6OutTransmits",
		"Icmp6InMsgs",		"Icmp6InErrors",	"Icmp6OutMsgs",
		"Icmp6OutErrors",	"Icmp6InCsumErrors",	"Icmp6OutRateLimitHost",
		"Udp6InDatagrams",	"Udp6NoPorts",		"Udp6InErrors",
		"Udp6OutDatagrams",	"Udp6RcvbufErrors",	"Udp6SndbufErrors",
		"Udp6InCsumErrors",	"Udp6IgnoredMulti",	"Udp6MemErrors",
		"UdpLite6InDatagrams",	"UdpLite6NoPorts",	"UdpLite6InErrors",
		"UdpLite6OutDatagrams", "UdpLite6RcvbufErrors", "UdpLite6SndbufErrors",
		"UdpLite6InCsumErrors", "UdpLite6MemErrors",
	};

	(void)s;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		g_string_append_printf(out, "%-32s\t0\n", names[i]);
	return 0;
}
