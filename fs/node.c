/* SPDX-License-Identifier: MIT */
#include "fs/node.h"

#include <inttypes.h>

#include "fs/entry.h"
#include "util/trace.h"

#define ROOT_ID 1

#define INO_BITS 44
#define LEVEL_SHIFT 44
#define LEVEL_MASK 0x3fu
#define ROW_SHIFT 50
#define ROW_MASK 0x3fu
#define TABLE_SHIFT 56
#define TABLE_MASK 0xfu
#define IS_NS (UINT64_C(1) << 60)
#define BELOW_NS (UINT64_C(1) << 61)
#define THREAD (UINT64_C(1) << 62)
#define UNLISTED (UINT64_C(1) << 63)

static bool is_root(const struct node *node)
{
	return node->is_ns && !node->below_ns && node->inum == WORLD_ROOT_INUM &&
	       node->table == TABLE_TOP && node->row == TOP_VIEW;
}

int node_pack(const struct node *node, uint64_t *id)
{
	uint64_t v;

	if (is_root(node)) {
		*id = ROOT_ID;
		return 0;
	}
	if (node->is_ns) {
		v = IS_NS | node->inum;
	} else {
		if (node->ref.ino >> INO_BITS || node->ref.level > LEVEL_MASK)
			return -1;
		v = node->ref.ino | (uint64_t)node->ref.level << LEVEL_SHIFT;
	}
	v |= (uint64_t)node->row << ROW_SHIFT | (uint64_t)node->table << TABLE_SHIFT;
	if (node->below_ns)
		v |= BELOW_NS;
	if (node->thread)
		v |= THREAD;
	if (node->unlisted)
		v |= UNLISTED;
	*id = v;
	return 0;
}

void node_unpack(uint64_t id, struct node *node)
{
	*node = (struct node){ 0 };
	TRACE("id 0x%" PRIx64, id);
	if (id == ROOT_ID) {
		node->is_ns = true;
		node->inum = WORLD_ROOT_INUM;
		node->table = TABLE_TOP;
		node->row = TOP_VIEW;
		return;
	}
	node->is_ns = id & IS_NS;
	node->below_ns = id & BELOW_NS;
	node->thread = id & THREAD;
	node->unlisted = id & UNLISTED;
	node->row = id >> ROW_SHIFT & ROW_MASK;
	node->table = id >> TABLE_SHIFT & TABLE_MASK;
	if (node->is_ns) {
		node->inum = (uint32_t)id;
	} else {
		node->ref.ino = id & ((UINT64_C(1) << INO_BITS) - 1);
		node->ref.level = id >> LEVEL_SHIFT & LEVEL_MASK;
	}
}
